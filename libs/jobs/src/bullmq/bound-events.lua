--[[
  Purpose: bounds BullMQ's stream of events of a queue, which it trims with each of them by a number that it keeps beside the
           queue, 10,000 unless told.
  KEYS:    1 meta (hash), 2 events (stream)
  ARGV:    1 how many at most, about
  Reply:   1 when the bound was another one before, else 0
]]
if redis.call('HGET', KEYS[1], 'opts.maxLenEvents') == ARGV[1] then
  return 0
end
-- It writes from here on.
redis.call('HSET', KEYS[1], 'opts.maxLenEvents', ARGV[1])
redis.call('XTRIM', KEYS[2], 'MAXLEN', '~', ARGV[1])
return 1
