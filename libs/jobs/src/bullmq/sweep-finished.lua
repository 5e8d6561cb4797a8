--[[
  Purpose: removes jobs that ended longer ago than they are kept, and the oldest of too many, and remembers for a while that
           they were there. By the clock of Redis: that of one process may be wrong. A part of them at a time.
  KEYS:    1 ended jobs (zset), 2 removed jobs (zset), 3 their owners (hash), 4 dead letters (zset)
  ARGV:    1 what the keys of job hashes begin with, 2 how long they are kept (ms), 3 how many at most,
           4 how long a removed one is remembered (ms), 5 jobs of one call, 6 bytes of one call
  Reply:   what was removed or forgotten: 0 once nothing is left to do
]]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local most = tonumber(ARGV[3])
local limit = tonumber(ARGV[5])

-- Those of a time, or else those that are too many, oldest first.
local function due(key, before)
  local past = redis.call('ZRANGEBYSCORE', key, '-inf', before, 'LIMIT', 0, limit)
  local surplus = redis.call('ZCARD', key) - most
  if #past > 0 or surplus <= 0 then
    return past
  end
  return redis.call('ZRANGE', key, 0, math.min(surplus, limit) - 1)
end

local function owner(data)
  local ok, sealed = pcall(cjson.decode, data or '')
  return ok and type(sealed) == 'table' and type(sealed['owner']) == 'string' and sealed['owner'] or ''
end

local handled = 0
local bytes = 0
for _, id in ipairs(due(KEYS[1], now - tonumber(ARGV[2]))) do
  local job = ARGV[1] .. id
  local data = redis.call('HGET', job, 'data')
  -- First what frees memory: a full Redis lets a script go on that has begun with that.
  redis.call('UNLINK', job, job .. ':logs')
  redis.call('ZREM', KEYS[1], id)
  redis.call('ZREM', KEYS[4], id)
  redis.call('ZADD', KEYS[2], now, id)
  redis.call('HSET', KEYS[3], id, owner(data))
  handled = handled + 1
  bytes = bytes + #(data or '')
  if bytes > tonumber(ARGV[6]) then
    break
  end
end
for _, id in ipairs(due(KEYS[2], now - tonumber(ARGV[4]))) do
  redis.call('ZREM', KEYS[2], id)
  redis.call('HDEL', KEYS[3], id)
  handled = handled + 1
end
if handled > 0 then
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
  redis.call('PEXPIRE', KEYS[3], ARGV[4])
end
return handled
