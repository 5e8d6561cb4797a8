--[[
  Purpose: counts a start of a job that runs alone, before it begins; one that ends takes it back. What is left are the
           workers that died with that job alone. A job with too many of them is entered among the dead letters instead.
  KEYS:    1 job hash, 2 lock, 3 dead letters (zset)
  ARGV:    1 BullMQ job id, 2 token, 3 deaths allowed, 4 now (ms), 5 entries kept, 6 lifetime (ms)
  Reply:   'run', 'dead', or 'taken' when the lock is another's or gone
]]
if redis.call('GET', KEYS[2]) ~= ARGV[2] then
  return 'taken'
end
if tonumber(redis.call('HGET', KEYS[1], 'nf:alone') or 0) < tonumber(ARGV[3]) then
  redis.call('HINCRBY', KEYS[1], 'nf:alone', 1)
  return 'run'
end
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - tonumber(ARGV[5]))
redis.call('PEXPIRE', KEYS[3], ARGV[6])
return 'dead'
