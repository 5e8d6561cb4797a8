--[[
  Purpose: gives a worker its expired lock back, as long as nobody has started the job since. What it made of the job is
           then taken, instead of being made again.
  KEYS:    1 job hash, 2 lock, 3 stalled (set), 4 active (list), 5 wait (list), 6 removed jobs (zset)
  ARGV:    1 BullMQ job id, 2 token, 3 starts of the job when this worker took it, 4 attempts that had ended then,
           5 lock (ms)
  Reply:   'held', 'settled' (the attempt has ended already: an answer was lost; its job may be past its retention since) or
           'taken'
]]
local id = ARGV[1]
local holder = redis.call('GET', KEYS[2])
if holder == ARGV[2] then
  return 'held'
end
local fields = redis.call('HMGET', KEYS[1], 'ats', 'atm')
if not holder and not fields[1] and redis.call('ZSCORE', KEYS[6], id) then
  return 'settled'
end
if holder or fields[1] ~= ARGV[3] then
  return 'taken'
end
if tonumber(fields[2] or 0) > tonumber(ARGV[4]) then
  return 'settled'
end
-- It writes from here on.
if not redis.call('LPOS', KEYS[4], id) then
  -- Found stalled meanwhile, it is at the head of the queue, which is the end of the list.
  if redis.call('LREM', KEYS[5], -1, id) == 0 then
    return 'taken'
  end
  redis.call('LPUSH', KEYS[4], id)
  -- Its worker is alive: it is no suspect.
  redis.call('HDEL', KEYS[1], 'stc')
end
redis.call('SREM', KEYS[3], id)
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[5])
return 'held'
