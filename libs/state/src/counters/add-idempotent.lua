--[[
  Purpose: adds to a counter once for an idempotency token, however often it is asked to. Count and token are one step, so
           neither a lost answer nor a replica that dies makes it add twice or not at all.
  KEYS:    1 counter, 2 token
  ARGV:    1 amount, 2 lifetime of the token (ms), 3 how far from 0 a count may be, 4 'stays', or the lifetime of a counter that
           is made (ms), or 'none' is made
  Reply:   amount, count and 0 of the first time, as one text, or nil where a counter would have to be made
]]
local applied = redis.call('GET', KEYS[2])
if applied then
  return applied
end
local before = redis.call('GET', KEYS[1])
if not before and ARGV[4] == 'none' then
  return false
end
local next = (tonumber(before or '0') or 0) + ARGV[1]
if math.abs(next) > tonumber(ARGV[3]) then
  return redis.error_reply('ERR count would overflow')
end
-- It writes from here on.
-- Before the token, because it may fail: on what is no counter.
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
applied = ARGV[1] .. ' ' .. string.format('%.0f', count) .. ' 0'
redis.call('SET', KEYS[2], applied, 'PX', ARGV[2])
if before and ARGV[4] == 'stays' then
  redis.call('PERSIST', KEYS[1])
elseif not before and ARGV[4] ~= 'stays' then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return applied
