--[[
  Purpose: adds to a counter, unless it would leave the range in which every reader can show it: one caller who adds too
           much would make it unreadable for all. One who bounds what is made adds to what is there or gives it a lifetime.
  KEYS:    1 counter
  ARGV:    1 amount, 2 how far from 0 a count may be, 3 'stays', or the lifetime of a counter that is made (ms), or 'none' is made
  Reply:   count, or nil where one would have to be made
]]
local before = redis.call('GET', KEYS[1])
if not before and ARGV[3] == 'none' then
  return false
end
local next = (tonumber(before or '0') or 0) + ARGV[1]
if math.abs(next) > tonumber(ARGV[2]) then
  return redis.error_reply('ERR count would overflow')
end
-- It writes from here on.
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if before and ARGV[3] == 'stays' then
  redis.call('PERSIST', KEYS[1])
elseif not before and ARGV[3] ~= 'stays' then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return count
