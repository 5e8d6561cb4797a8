--[[
  Purpose: opens a session under an id that is free, together with its expiry, so that none lives for ever.
  KEYS:    1 session (hash)
  ARGV:    1 lifetime (ms), then field, value, field, value … of the data
  Reply:   Unix time of opening (ms) by the clock of Redis, or nil when the id is taken
]]
if redis.call('EXISTS', KEYS[1]) == 1 then
  return false
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'count', 0, 'version', 1, 'created', now)
for at = 2, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return now
