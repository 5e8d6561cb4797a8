--[[
  Purpose: adds to the count of the window that runs now, together with its expiry at the end of the window, so that no count
           outlives its window and none stays for ever. With an idempotency token once, however often asked to.
  KEYS:    1 count of the window, 2 token (may be left out)
  ARGV:    1 amount, 2 length of the window (ms), 3 lifetime of the token (ms), 4 how far from 0 a count may be,
           5 'none' where none is to be made
  Reply:   { amount, count and end of the window (Unix ms) as one text, those of the first time with a token; now (Unix ms) }, or
           nil where a count would have to be made
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local applied = KEYS[2] and redis.call('GET', KEYS[2])
if applied then
  return { applied, now }
end
local before = redis.call('GET', KEYS[1])
if not before and ARGV[5] == 'none' then
  return false
end
local next = (tonumber(before or '0') or 0) + ARGV[1]
if math.abs(next) > tonumber(ARGV[4]) then
  return redis.error_reply('ERR count would overflow')
end
-- It writes from here on.
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
local left = redis.call('PTTL', KEYS[1])
local ends = now + left
-- A window begins, or somebody took the expiry away, or the clock was set back since.
if left < 0 or left > tonumber(ARGV[2]) then
  ends = (math.floor(now / ARGV[2]) + 1) * ARGV[2]
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', ends))
end
applied = ARGV[1] .. ' ' .. string.format('%.0f', count) .. ' ' .. string.format('%.0f', ends)
if KEYS[2] then
  redis.call('SET', KEYS[2], applied, 'PX', ARGV[3])
end
return { applied, now }
