--[[
  Purpose: inserts a job, unless its id or its idempotency token has been enqueued before or the bounds of the queue are reached.
           BullMQ's own insert stands before this text, as the function `insert`, so that all of it is one step; it comes
           first of what is written, because a full Redis refuses the first write and none after it. Before this text stands
           too, as the list `common`, what is the same for all jobs of a queue: a script of each queue costs less than to
           send it with each job. Keys 1 cancelled ids (zset), 2 cancelled jobs (hash), 3 dead letters (zset), 4 wait (list),
           5 delayed, 6 prioritized, 7 removed jobs (zsets), 8 their owners (hash), and 9 entries of the owner's index, 10 their
           lifetime (ms), 11 jobs that may wait, 12 lifetime of a token's record (ms), 13 how long completed jobs are kept (ms).
           See `checkedScript`.
  KEYS:    those of the insert, then the job hash
  ARGV:    those of the insert, then one text of words, because a client takes longer for each argument than for its text:
           1 BullMQ job id, 2 now (ms), 3 '1' when memory is low, 4 owner index (zset), '-' without an owner, 5 record of the
           idempotency token (string), '-' without a token, 6 fingerprint of the payload, '-' without a token
  Reply:   { 'created' or 'existing', BullMQ job id }, or why nothing was done: { 'mismatch' }, { 'memory-low' }, { 'full' }
]]
local id, now, memory_low, owner, token, fingerprint = ARGV[#ARGV]:match('^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
local cancelled, cancelled_jobs, dead_letters, wait, delayed, prioritized, removed_jobs, owners = unpack(common, 1, 8)
local index_max, index_ttl, backlog_max, token_ttl, keep_completed = unpack(common, 9, 13)
local has_token = token ~= '-'
local record = has_token and redis.call('GET', token)
if record then
  local known, first = record:match('^(%S+) (%S+)$')
  if known ~= fingerprint then
    return { 'mismatch' }
  end
  return { 'existing', first }
end
-- For the next enqueue with this token. A full Redis refuses the record, and the answer is true without it.
local function existing()
  if has_token then
    redis.pcall('SET', token, fingerprint .. ' ' .. id, 'PX', token_ttl)
  end
  return { 'existing', id }
end
if redis.call('EXISTS', KEYS[#KEYS]) == 1 then
  return existing()
end
-- It may have been removed before its time, for want of memory. By the clock of Redis, as it was removed.
local removed = redis.call('ZSCORE', removed_jobs, id)
if removed then
  local time = redis.call('TIME')
  local redis_now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  if redis_now - tonumber(removed) < tonumber(keep_completed) then
    return existing()
  end
end
if memory_low == '1' then
  return { 'memory-low' }
end
local backlog = redis.call('LLEN', wait) + redis.call('ZCARD', delayed) + redis.call('ZCARD', prioritized)
if backlog >= tonumber(backlog_max) then
  return { 'full' }
end
-- It writes from here on.
insert()
if has_token then
  redis.call('SET', token, fingerprint .. ' ' .. id, 'PX', token_ttl)
end
if owner ~= '-' then
  redis.call('ZADD', owner, now, id)
  redis.call('ZREMRANGEBYRANK', owner, 0, -1 - tonumber(index_max))
  redis.call('PEXPIRE', owner, index_ttl)
end
-- The id of a cancelled job may be used again; the new job is the truth then.
if redis.call('ZREM', cancelled, id) == 1 then
  redis.call('HDEL', cancelled_jobs, id)
end
-- A dead letter of that id is past its retention, and so is a job that is remembered as removed: the new one is not.
redis.call('ZREM', dead_letters, id)
if removed then
  redis.call('ZREM', removed_jobs, id)
  redis.call('HDEL', owners, id)
end
return { 'created', id }
