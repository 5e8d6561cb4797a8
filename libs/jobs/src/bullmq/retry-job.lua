--[[
  Purpose: puts a failed job, a dead letter too, back into the queue with all its attempts, in one step; once for an
           idempotency token, which is remembered in the job. One past its retention is over, whether it is removed or not.
  KEYS:    1 job hash, 2 failed (zset), 3 wait (list), 4 marker (zset), 5 dead letters (zset), 6 events (stream),
           7 prioritized (zset), 8 counter of prioritized jobs
  ARGV:    1 BullMQ job id, 2 entries of the stream, 3 hash of the idempotency token, empty without one, 4 how long failed jobs are
           kept (ms)
  Reply:   'waiting' (also where this token has put it back before), 'missing', 'expired' or 'other' (it has not failed)
]]
local id = ARGV[1]
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 'missing'
end
if ARGV[3] ~= '' and redis.call('HGET', KEYS[1], 'nf:retried-by') == ARGV[3] then
  return 'waiting'
end
local failed = redis.call('ZSCORE', KEYS[2], id)
if not failed then
  return 'other'
end
local time = redis.call('TIME')
if tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) - tonumber(failed) > tonumber(ARGV[4]) then
  return 'expired'
end
-- It writes from here on.
redis.call('ZREM', KEYS[2], id)
redis.call('ZREM', KEYS[5], id)
-- Its starts (ats) tell one start of a job from another: an attempt of before is none of those to come.
redis.call('HINCRBY', KEYS[1], 'ats', 1)
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], 'nf:retried-by', ARGV[3])
end
-- Workers of before count in nf:alone.
redis.call('HDEL', KEYS[1], 'finishedOn', 'processedOn', 'failedReason', 'stacktrace', 'atm', 'stc', 'defa', 'nf:alone-by',
  'nf:put-offs', 'nf:alone', 'nf:cancel')
local priority = tonumber(redis.call('HGET', KEYS[1], 'priority') or 0)
if priority > 0 then
  -- As BullMQ scores it: those of one priority in their order.
  redis.call('ZADD', KEYS[7], priority * 0x100000000 + redis.call('INCR', KEYS[8]) % 0x100000000, id)
else
  redis.call('LPUSH', KEYS[3], id)
end
redis.call('ZADD', KEYS[4], 0, '0')
redis.call('XADD', KEYS[6], 'MAXLEN', '~', ARGV[2], '*', 'event', 'waiting', 'jobId', id, 'prev', 'failed')
return 'waiting'
