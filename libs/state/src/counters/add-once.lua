--[[
  Purpose: moves a counter once for a mark, however often it is asked to. Move and mark are one step, so neither a lost
           answer nor a replica that dies makes it move twice or not at all.
  KEYS:    1 counter, 2 mark
  ARGV:    1 amount, 2 lifetime of the mark (ms), 3 how far from 0 a count may be
  Reply:   amount, count and 0 of the first time, as one text
]]
local mark = redis.call('GET', KEYS[2])
if mark then
  return mark
end
local next = (tonumber(redis.call('GET', KEYS[1]) or '0') or 0) + ARGV[1]
if math.abs(next) > tonumber(ARGV[3]) then
  return redis.error_reply('ERR count would overflow')
end
-- Before the mark, because it may fail: on what is no counter.
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
mark = ARGV[1] .. ' ' .. string.format('%.0f', count) .. ' 0'
redis.call('SET', KEYS[2], mark, 'PX', ARGV[2])
return mark
