--[[
  Purpose: opens a session under an id that is free, together with both its ends, so that none lives for ever. A session is
           live when it has `until`; what has not, such as the tombstone of an ended one, takes an id and is no session.
  KEYS:    1 session (hash)
  ARGV:    1 lifetime while nobody uses it (ms), 2 longest lifetime (ms), 3 visits so far, then field, value … of the data
  Reply:   { Unix time of opening (ms) by the clock of Redis, version (the same in µs) }, or nil when the id is taken
]]
if redis.call('EXISTS', KEYS[1]) == 1 then
  return false
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local version = time[1] * 1000000 + time[2]
local last = now + ARGV[2]
-- It writes from here on.
redis.call('HSET', KEYS[1], 'count', ARGV[3], 'version', string.format('%.0f', version), 'created', now, 'until', last)
for at = 4, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
end
redis.call('PEXPIREAT', KEYS[1], math.min(now + ARGV[1], last))
return { now, version }
