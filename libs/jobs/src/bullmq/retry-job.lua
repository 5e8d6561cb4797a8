--[[
  Purpose: puts a failed job, a dead letter too, back into the queue with all its attempts, in one step.
  KEYS:    1 job hash, 2 failed (zset), 3 wait (list), 4 marker (zset), 5 dead letters (zset), 6 events (stream)
  ARGV:    1 BullMQ job id
  Reply:   'waiting', 'missing' or 'other' (it has not failed)
]]
local id = ARGV[1]
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 'missing'
end
if redis.call('ZREM', KEYS[2], id) == 0 then
  return 'other'
end
redis.call('ZREM', KEYS[5], id)
-- Not its starts (ats): they tell one start of a job from another.
redis.call('HDEL', KEYS[1], 'finishedOn', 'processedOn', 'failedReason', 'stacktrace', 'atm', 'stc', 'defa', 'nf:alone-by')
redis.call('LPUSH', KEYS[3], id)
redis.call('ZADD', KEYS[4], 0, '0')
redis.call('XADD', KEYS[6], 'MAXLEN', '~', '10000', '*', 'event', 'waiting', 'jobId', id, 'prev', 'failed')
return 'waiting'
