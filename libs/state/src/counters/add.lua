--[[
  Purpose: adds to a counter, unless it would leave the range in which every reader can show it: one caller who adds too
           much would make it unreadable for all.
  KEYS:    1 counter
  ARGV:    1 amount, 2 how far from 0 a count may be
  Reply:   count
]]
local next = (tonumber(redis.call('GET', KEYS[1]) or '0') or 0) + ARGV[1]
if math.abs(next) > tonumber(ARGV[2]) then
  return redis.error_reply('ERR count would overflow')
end
return redis.call('INCRBY', KEYS[1], ARGV[1])
