--[[
  Purpose: removes a value, if wanted only where its conditions hold. Where nothing is stored they do not matter.
  KEYS:    1 value (hash)
  ARGV:    1 versions it must have, 2 versions it must not have: empty when that does not matter, * for any, or each version
           between spaces
  Reply:   { 1 removed | 0 not, version (0 absent) }
]]
local stored = redis.call('HGET', KEYS[1], 'version')
if not stored then
  return { 0, 0 }
end
local function named(versions)
  return versions == '*' or string.find(versions, ' ' .. stored .. ' ', 1, true) ~= nil
end
if (ARGV[1] ~= '' and not named(ARGV[1])) or named(ARGV[2]) then
  return { 0, tonumber(stored) }
end
redis.call('DEL', KEYS[1])
return { 1, tonumber(stored) }
