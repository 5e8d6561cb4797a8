--[[
  Purpose: reads a value, its version and its time left, so that the three fit.
  KEYS:    1 value (hash)
  ARGV:    none
  Reply:   nil, or { value, version, time left (ms, -1 when it stays) }
]]
local stored = redis.call('HMGET', KEYS[1], 'value', 'version')
if not stored[1] then
  return false
end
return { stored[1], tonumber(stored[2]), redis.call('PTTL', KEYS[1]) }
