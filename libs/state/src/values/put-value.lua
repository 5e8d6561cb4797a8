--[[
  Purpose: writes a value with its expiry under a version that none ever had, if wanted only where its conditions hold.
           A version is the clock of Redis in microseconds, or one more than the last where the clock is not beyond it. A
           mere counter would give a version out again after a crash that took the last writes along.
  KEYS:    1 value (hash), 2 the last version of all values
  ARGV:    1 value, 2 lifetime (ms, 0 when it stays), 3 versions it must have, 4 versions it must not have: empty when that
           does not matter, * for any, or each version between spaces
  Reply:   { 1 stored | 0 not, version (0 absent), 1 nothing was stored before | 0 it replaced a value }
]]
local stored = redis.call('HGET', KEYS[1], 'version') or '0'
local function named(versions)
  return (versions == '*' and stored ~= '0') or string.find(versions, ' ' .. stored .. ' ', 1, true) ~= nil
end
if (ARGV[3] ~= '' and not named(ARGV[3])) or named(ARGV[4]) then
  return { 0, tonumber(stored), 0 }
end
local time = redis.call('TIME')
local last = math.max(tonumber(redis.call('GET', KEYS[2])) or 0, tonumber(stored) or 0)
local version = math.max(time[1] * 1000000 + time[2], last + 1)
-- Lua by itself writes 14 digits.
local text = string.format('%.0f', version)
-- It writes from here on.
redis.call('HSET', KEYS[1], 'value', ARGV[1], 'version', text)
if ARGV[2] == '0' then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
redis.call('SET', KEYS[2], text)
return { 1, version, stored == '0' and 1 or 0 }
