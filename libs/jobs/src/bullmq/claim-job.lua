--[[
  Purpose: inserts a job, unless its id or its idempotency token has been enqueued before or the bounds of the queue are reached.
           BullMQ's own insert stands before this text, as the function `insert`, so that all of it is one step; it comes
           first of what is written, because a full Redis refuses the first write and none after it.
  KEYS:    those of the insert, then 1 job hash, 2 owner index (zset), 3 cancelled ids (zset), 4 cancelled jobs (hash),
           5 dead letters (zset), 6 wait (list), 7 delayed, 8 prioritized (zsets), 9 record of the idempotency token (string),
           10 removed jobs (zset)
  ARGV:    those of the insert, then 1 BullMQ job id, 2 '1' when the job has an owner, 3 now (ms), 4 entries of the index kept,
           5 their lifetime (ms), 6 jobs that may wait, 7 '1' when memory is low, 8 fingerprint of the payload, empty without
           a token, 9 lifetime of the record (ms), 10 how long completed jobs are kept (ms)
  Reply:   { 'created' or 'existing', BullMQ job id }, or why nothing was done: { 'mismatch' }, { 'memory-low' }, { 'full' }
]]
local function last(list, count)
  return { unpack(list, #list - count + 1) }
end
local keys, args = last(KEYS, 10), last(ARGV, 10)
local id, fingerprint = args[1], args[8]
local record = fingerprint ~= '' and redis.call('GET', keys[9])
if record then
  local known, first = record:match('^(%S+) (%S+)$')
  if known ~= fingerprint then
    return { 'mismatch' }
  end
  return { 'existing', first }
end
-- For the next enqueue with this token. A full Redis refuses the record, and the answer is true without it.
local function existing()
  if fingerprint ~= '' then
    redis.pcall('SET', keys[9], fingerprint .. ' ' .. id, 'PX', args[9])
  end
  return { 'existing', id }
end
if redis.call('EXISTS', keys[1]) == 1 then
  return existing()
end
-- It may have been removed before its time, for want of memory. By the clock of Redis, as it was removed.
local removed = redis.call('ZSCORE', keys[10], id)
if removed then
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  if now - tonumber(removed) < tonumber(args[10]) then
    return existing()
  end
end
if args[7] == '1' then
  return { 'memory-low' }
end
local backlog = redis.call('LLEN', keys[6]) + redis.call('ZCARD', keys[7]) + redis.call('ZCARD', keys[8])
if backlog >= tonumber(args[6]) then
  return { 'full' }
end
insert()
if fingerprint ~= '' then
  redis.call('SET', keys[9], fingerprint .. ' ' .. id, 'PX', args[9])
end
if args[2] == '1' then
  redis.call('ZADD', keys[2], args[3], id)
  redis.call('ZREMRANGEBYRANK', keys[2], 0, -1 - tonumber(args[4]))
  redis.call('PEXPIRE', keys[2], args[5])
end
-- The id of a cancelled job may be used again; the new job is the truth then.
if redis.call('ZREM', keys[3], id) == 1 then
  redis.call('HDEL', keys[4], id)
end
-- A dead letter of that id is past its retention.
redis.call('ZREM', keys[5], id)
return { 'created', id }
