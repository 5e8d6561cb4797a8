--[[
  Purpose: reads a session and its time left, so that the two fit.
  KEYS:    1 session (hash)
  ARGV:    none
  Reply:   nil, or { time left (ms), field, value, field, value … }
]]
local session = redis.call('HGETALL', KEYS[1])
if #session == 0 then
  return false
end
table.insert(session, 1, redis.call('PTTL', KEYS[1]))
return session
