--[[
  Purpose: takes back the count of a start alone that did not end in a death. A job that ended by itself is no suspect any
           more; one that was released has shown nothing yet.
  KEYS:    1 job hash, 2 lock
  ARGV:    1 token, 2 'ended' or 'released'
  Reply:   1, or 0 when the lock is another's or gone
]]
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
if ARGV[2] == 'ended' then
  redis.call('HDEL', KEYS[1], 'nf:alone', 'stc')
else
  redis.call('HINCRBY', KEYS[1], 'nf:alone', -1)
end
return 1
