--[[
  Purpose: reads a session and what is left of its time, so that they fit.
  KEYS:    1 session (hash)
  ARGV:    none
  Reply:   nil when there is no session, or { time left unused (ms), time left at most (ms), { field, value, field, value … } }
]]
local last, created = unpack(redis.call('HMGET', KEYS[1], 'until', 'created'))
if not last then
  return false
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Opened ahead of the clock, which was set back since: its longest lifetime begins anew, or it would have that and the step.
if created and now < tonumber(created) then
  -- It writes from here on.
  last = now + last - created
  redis.call('HSET', KEYS[1], 'created', now, 'until', last)
  redis.call('PEXPIREAT', KEYS[1], math.min(now + redis.call('PTTL', KEYS[1]), last))
end
return { redis.call('PTTL', KEYS[1]), last - now, redis.call('HGETALL', KEYS[1]) }
