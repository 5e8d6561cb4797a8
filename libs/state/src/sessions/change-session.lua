--[[
  Purpose: changes the data of a session, only over the version that the change was made from, and keeps it alive.
           The new version is the clock of Redis in microseconds, or one more than the last: see put-value.lua.
  KEYS:    1 session (hash)
  ARGV:    1 expected version, 2 lifetime while nobody uses it (ms), 3 how many fields go, then their names, then
           field, value … to be set
  Reply:   nil when there is no session, or
           { 1 stored | 0 not, version, count, time left unused (ms), time left at most (ms) }
]]
local last, version, count = unpack(redis.call('HMGET', KEYS[1], 'until', 'version', 'count'))
if not last then
  return false
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if not tonumber(version) then
  return redis.error_reply('WRONGTYPE its version is no number')
end
if version ~= ARGV[1] then
  return { 0, tonumber(version), tonumber(count), redis.call('PTTL', KEYS[1]), last - now }
end
local ends = math.min(now + ARGV[2], last)
-- Lua by itself writes 14 digits.
local moved = string.format('%.0f', math.max(time[1] * 1000000 + time[2], tonumber(version) + 1))
local first = 4 + ARGV[3]
-- It writes from here on.
for at = 4, first - 1 do
  redis.call('HDEL', KEYS[1], ARGV[at])
end
for at = first, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
end
redis.call('HSET', KEYS[1], 'version', moved)
redis.call('PEXPIREAT', KEYS[1], ends)
return { 1, tonumber(moved), tonumber(count), ends - now, last - now }
