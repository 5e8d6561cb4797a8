--[[
  Purpose: sets and removes fields of a session whatever its version is, leaves all other fields alone, moves the version
           (see put-value.lua) and keeps the session alive. The bounds are checked here, because only here are the other fields known.
  KEYS:    1 session (hash)
  ARGV:    1 lifetime while nobody uses it (ms), 2 what the name of a field begins with, 3 most fields, 4 most bytes of
           names and values, 5 whether the session is asked for (1 | 0), 6 how many fields go, then their names, then field,
           value … to be set
  Reply:   nil when there is no session, or { 0, fields, bytes } when it would be too much and nothing was set, or { 1 }, with
           { time left unused (ms), time left at most (ms), { field, value, field, value … } } where it is asked for
]]
local prefix = ARGV[2]
local session = redis.call('HGETALL', KEYS[1])
local record, data = {}, {}
for at = 1, #session, 2 do
  local of = string.sub(session[at], 1, #prefix) == prefix and data or record
  of[session[at]] = session[at + 1]
end
local last, version, created = record['until'], record['version'], record['created']
if not last then
  return false
end
if not tonumber(version) then
  -- Before anything is written: what is told as a fault was not done.
  return redis.error_reply('WRONGTYPE its version is no number')
end
local first = 7 + ARGV[6]
for at = 7, first - 1 do
  data[ARGV[at]] = nil
end
for at = first, #ARGV, 2 do
  data[ARGV[at]] = ARGV[at + 1]
end
local fields, bytes = 0, 0
for name, value in pairs(data) do
  fields = fields + 1
  bytes = bytes + #name - #prefix + #value
end
if fields > tonumber(ARGV[3]) or bytes > tonumber(ARGV[4]) then
  return { 0, fields, bytes }
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- It writes from here on.
-- Opened ahead of the clock, which was set back since: its longest lifetime begins anew, or it would have that and the step.
if created and now < tonumber(created) then
  last = now + last - created
  redis.call('HSET', KEYS[1], 'created', now, 'until', last)
end
local ends = math.min(now + ARGV[1], last)
-- Lua by itself writes 14 digits.
local moved = string.format('%.0f', math.max(time[1] * 1000000 + time[2], tonumber(version) + 1))
for at = 7, first - 1 do
  redis.call('HDEL', KEYS[1], ARGV[at])
end
redis.call('HSET', KEYS[1], 'version', moved, unpack(ARGV, first))
redis.call('PEXPIREAT', KEYS[1], ends)
if ARGV[5] == '0' then
  return { 1 }
end
return { 1, { ends - now, last - now, redis.call('HGETALL', KEYS[1]) } }
