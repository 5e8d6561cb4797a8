--[[
  Purpose: notes a start of a job that runs alone, by its name, before it begins; when it ends its name is taken out again
           (end-alone). The names that are left are of workers that died with that job alone. A job with too many of them is
           entered among the dead letters instead. May be sent twice: a start whose name is there has begun.
  KEYS:    1 job hash, 2 lock, 3 dead letters (zset)
  ARGV:    1 BullMQ job id, 2 token, 3 name of this start, 4 deaths allowed, 5 entries kept, 6 lifetime (ms)
  Reply:   'run', 'dead', or 'taken' when the lock is another's or gone
]]
if redis.call('GET', KEYS[2]) ~= ARGV[2] then
  return 'taken'
end
local names = redis.call('HGET', KEYS[1], 'nf:alone-by') or ''
local deaths = 0
for name in string.gmatch(names, '%S+') do
  if name == ARGV[3] then
    return 'run'
  end
  deaths = deaths + 1
end
-- It writes from here on.
if deaths < tonumber(ARGV[4]) then
  redis.call('HSET', KEYS[1], 'nf:alone-by', names == '' and ARGV[3] or names .. ' ' .. ARGV[3])
  -- What counts from now on is this start: workers of before fail a job by the number of times that it had stalled.
  redis.call('HDEL', KEYS[1], 'stc', 'defa', 'nf:put-offs')
  return 'run'
end
-- By the clock of Redis: who is oldest goes first.
local time = redis.call('TIME')
redis.call('ZADD', KEYS[3], string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - tonumber(ARGV[5]))
redis.call('PEXPIRE', KEYS[3], ARGV[6])
return 'dead'
