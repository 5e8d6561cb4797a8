--[[
  Purpose: writes down which layout a namespace has, unless it has a newer one.
  KEYS:    1 layout (integer)
  ARGV:    1 layout of the one who asks
  Reply:   the layout that it has now
]]
local found = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
if found < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1])
  return tonumber(ARGV[1])
end
return found
