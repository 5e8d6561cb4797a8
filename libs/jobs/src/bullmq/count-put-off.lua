--[[
  Purpose: counts that a suspect is put back for another worker, over all workers, unless it has been as often as is allowed:
           then its worker keeps it. It counts anew from its next start (begin-alone). Sent twice it counts twice.
  KEYS:    1 job hash, 2 lock
  ARGV:    1 token, 2 how often it may be
  Reply:   'put-off', 'stay', or 'taken' when the lock is another's or gone
]]
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 'taken'
end
if tonumber(redis.call('HGET', KEYS[1], 'nf:put-offs') or '0') >= tonumber(ARGV[2]) then
  return 'stay'
end
redis.call('HINCRBY', KEYS[1], 'nf:put-offs', 1)
return 'put-off'
