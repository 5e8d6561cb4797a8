--[[
  Purpose: takes a job out of the queue and remembers it as cancelled, in one step: one that waits for who asks, so that a
           worker either has the job before or never gets it; one that runs for its worker. Who asks while it runs leaves
           a mark.
  KEYS:    1 job hash, 2 its logs, 3 wait (list), 4 delayed (zset), 5 prioritized (zset), 6 active (list),
           7 cancelled ids (zset), 8 cancelled jobs (hash), 9 events (stream), 10 lock, 11 stalled (set)
  ARGV:    1 BullMQ job id, 2 entries kept, 3 lifetime (ms), 4 token of the worker that has it, '' for who asks,
           5 entries of the stream
  Reply:   'cancelled' (also when it was before), 'requested' (it runs), 'finished', 'missing', or 'taken' when the lock is
           another's or gone
]]
local id = ARGV[1]
local token = ARGV[4]
if redis.call('EXISTS', KEYS[1]) == 0 then
  return redis.call('HEXISTS', KEYS[8], id) == 1 and 'cancelled' or 'missing'
end
-- It writes from here on.
if token ~= '' then
  if redis.call('GET', KEYS[10]) ~= token then
    return 'taken'
  end
  redis.call('LREM', KEYS[6], 1, id)
  redis.call('DEL', KEYS[10])
  redis.call('SREM', KEYS[11], id)
else
  local taken = redis.call('LREM', KEYS[3], 1, id) + redis.call('ZREM', KEYS[4], id) + redis.call('ZREM', KEYS[5], id)
  if taken == 0 then
    if not redis.call('LPOS', KEYS[6], id) then
      return 'finished'
    end
    redis.call('HSET', KEYS[1], 'nf:cancel', '1')
    return 'requested'
  end
end
-- What is shown of it. Not its payload, which may be long.
local shown = {}
for _, field in ipairs({ 'data', 'atm', 'progress', 'pb', 'failedReason' }) do
  local value = redis.call('HGET', KEYS[1], field)
  if value and field == 'data' then
    local ok, sealed = pcall(cjson.decode, value)
    if ok and type(sealed) == 'table' then
      sealed['payload'] = nil
      value = cjson.encode(sealed)
    end
  end
  if value then
    shown[#shown + 1] = field
    shown[#shown + 1] = value
  end
end
-- Some of those that are past their time, or else the oldest of too many. By the clock of Redis: that of one process may be wrong.
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local past = redis.call('ZRANGEBYSCORE', KEYS[7], '-inf', now - tonumber(ARGV[3]), 'LIMIT', 0, 100)
local surplus = redis.call('ZCARD', KEYS[7]) + 1 - tonumber(ARGV[2])
if #past == 0 and surplus > 0 then
  past = redis.call('ZRANGE', KEYS[7], 0, math.min(surplus, 100) - 1)
end
for _, old in ipairs(past) do
  redis.call('ZREM', KEYS[7], old)
  redis.call('HDEL', KEYS[8], old)
end
redis.call('ZADD', KEYS[7], now, id)
redis.call('HSET', KEYS[8], id, cjson.encode(shown))
redis.call('PEXPIRE', KEYS[7], ARGV[3])
redis.call('PEXPIRE', KEYS[8], ARGV[3])
redis.call('DEL', KEYS[1], KEYS[2])
local prev = token == '' and 'waiting' or 'active'
redis.call('XADD', KEYS[9], 'MAXLEN', '~', ARGV[5], '*', 'event', 'removed', 'jobId', id, 'prev', prev)
return 'cancelled'
