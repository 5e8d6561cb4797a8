--[[
  Purpose: writes a job's progress, for the holder of its lock alone: an attempt that has lost its job must not write over
           the one that has it.
  KEYS:    1 job hash, 2 lock, 3 events (stream)
  ARGV:    1 BullMQ job id, 2 token, 3 progress (JSON), 4 entries of the stream
  Reply:   1, or 0 when the lock is another's or gone
]]
if redis.call('GET', KEYS[2]) ~= ARGV[2] then
  return 0
end
-- It writes from here on.
redis.call('HSET', KEYS[1], 'progress', ARGV[3])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'event', 'progress', 'jobId', ARGV[1], 'data', ARGV[3])
return 1
