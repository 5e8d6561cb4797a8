--[[
  Purpose: ends a session, if wanted only at certain versions, and leaves a tombstone: a hash without `until`, which no
           write takes for a session and under whose id none is opened.
  KEYS:    1 session (hash)
  ARGV:    1 lifetime of the tombstone (ms), 2 versions it must have, 3 versions it must not have: see put-value.lua
  Reply:   nil when there is no session, or { 1 ended | 0 not, version }
]]
local last, version = unpack(redis.call('HMGET', KEYS[1], 'until', 'version'))
if not last then
  return false
end
local function named(versions)
  return versions == '*' or string.find(versions, ' ' .. version .. ' ', 1, true) ~= nil
end
if (ARGV[2] ~= '' and not named(ARGV[2])) or named(ARGV[3]) then
  return { 0, tonumber(version) }
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- It writes from here on.
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'ended', now)
redis.call('PEXPIREAT', KEYS[1], now + ARGV[1])
return { 1, tonumber(version) }
