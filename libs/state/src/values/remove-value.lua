--[[
  Purpose: removes a value, if wanted only at a certain version.
  KEYS:    1 value (hash)
  ARGV:    1 expected version (-1 any)
  Reply:   { 1 removed | 0 not, version (0 absent) }
]]
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or 0)
local expected = tonumber(ARGV[1])
if version == 0 or (expected >= 0 and expected ~= version) then
  return { 0, version }
end
redis.call('DEL', KEYS[1])
return { 1, version }
