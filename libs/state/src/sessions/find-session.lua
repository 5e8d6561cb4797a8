--[[
  Purpose: reads a session and what is left of its time, so that they fit.
  KEYS:    1 session (hash)
  ARGV:    none
  Reply:   nil when there is no session, or { time left unused (ms), time left at most (ms), field, value, field, value … }
]]
local last = redis.call('HGET', KEYS[1], 'until')
if not last then
  return false
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local session = redis.call('HGETALL', KEYS[1])
table.insert(session, 1, last - now)
table.insert(session, 1, redis.call('PTTL', KEYS[1]))
return session
