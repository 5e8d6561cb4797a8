--[[
  Purpose: writes a value with its expiry and counts its version, if wanted only over a certain version.
  KEYS:    1 value (hash)
  ARGV:    1 value, 2 lifetime (ms, 0 when it stays), 3 expected version (0 absent, -1 any)
  Reply:   { 1 stored | 0 not, version (0 absent) }
]]
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or 0)
local expected = tonumber(ARGV[3])
if expected >= 0 and expected ~= version then
  return { 0, version }
end
redis.call('HSET', KEYS[1], 'value', ARGV[1], 'version', version + 1)
if ARGV[2] == '0' then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return { 1, version + 1 }
