--[[
  Purpose: takes the name of a start alone out again: its worker is alive. A job that ended by itself is no suspect any more,
           nor are those that had it before to blame; one that was released has shown nothing yet. May be sent twice, and by who
           has lost the lock.
  KEYS:    1 job hash, 2 lock
  ARGV:    1 token, 2 name of that start, 3 'ended' or 'released'
  Reply:   1, or 0 when the name is not there
]]
local names = redis.call('HGET', KEYS[1], 'nf:alone-by')
if not names then
  return 0
end
local others, found = {}, 0
for name in string.gmatch(names, '%S+') do
  if name == ARGV[2] then
    found = 1
  else
    others[#others + 1] = name
  end
end
if found == 0 then
  return 0
end
local held = redis.call('GET', KEYS[2]) == ARGV[1]
-- It writes from here on.
-- First what a full Redis refuses, so that it has refused all of it.
if held and ARGV[3] == 'released' then
  redis.call('HSET', KEYS[1], 'stc', 1)
end
if #others == 0 or (held and ARGV[3] == 'ended') then
  redis.call('HDEL', KEYS[1], 'nf:alone-by')
else
  redis.call('HSET', KEYS[1], 'nf:alone-by', table.concat(others, ' '))
end
return 1
