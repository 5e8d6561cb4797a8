--[[
  Purpose: changes the data of a session, only over the version that the change was made from, and keeps it alive.
  KEYS:    1 session (hash)
  ARGV:    1 expected version, 2 lifetime (ms), 3 how many fields go, then their names, then field, value … to be set
  Reply:   nil when there is no session, or { 1 stored | 0 not, version, count, time left (ms) }
]]
local version = redis.call('HGET', KEYS[1], 'version')
if not version then
  return false
end
local count = tonumber(redis.call('HGET', KEYS[1], 'count'))
if version ~= ARGV[1] then
  return { 0, tonumber(version), count, redis.call('PTTL', KEYS[1]) }
end
local first = 4 + tonumber(ARGV[3])
for at = 4, first - 1 do
  redis.call('HDEL', KEYS[1], ARGV[at])
end
for at = first, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
end
local changed = redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { 1, changed, count, tonumber(ARGV[2]) }
