--[[
  Purpose: moves a session to another id and leaves a tombstone under the old one in the same step, so that there is no
           moment in which both are known. Its data, count, version and last end stay as they are. Who asks again with the
           same idempotency token, because the answer was lost, is told where the session went, for a short time.
  KEYS:    1 session (hash), 2 the same under the new id; one slot, because the ids share a bucket
  ARGV:    1 lifetime while nobody uses it (ms), also of the tombstone, 2 what to call its origin, if it has none yet,
           3 new id, 4 token (empty for none), 5 how long the token is good for (ms)
  Reply:   nil when there is no session, 0 when the new id is taken, the id (text) that it moved to for this token before, or
           { time left unused (ms), time left at most (ms), { field, value, field, value … } }
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last, created = unpack(redis.call('HMGET', KEYS[1], 'until', 'created'))
if not last then
  local token, moved, ended = unpack(redis.call('HMGET', KEYS[1], 'token', 'moved', 'ended'))
  if not token or token ~= ARGV[4] then
    return false
  end
  -- Ended ahead of the clock, which was set back since: its time begins anew.
  if now < tonumber(ended) then
    ended = now
    redis.call('HSET', KEYS[1], 'ended', now)
  end
  return now < ended + ARGV[5] and moved
end
if redis.call('EXISTS', KEYS[2]) == 1 then
  return 0
end
-- It writes from here on.
-- Opened ahead of the clock, which was set back since: its longest lifetime begins anew, or it would have that and the step.
if created and now < tonumber(created) then
  last = now + last - created
  redis.call('HSET', KEYS[1], 'created', now, 'until', last)
end
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('HSETNX', KEYS[2], 'origin', ARGV[2])
local ends = math.min(now + ARGV[1], last)
redis.call('PEXPIREAT', KEYS[2], ends)
redis.call('HSET', KEYS[1], 'ended', now)
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], 'token', ARGV[4], 'moved', ARGV[3])
end
redis.call('PEXPIREAT', KEYS[1], now + ARGV[1])
return { ends - now, last - now, redis.call('HGETALL', KEYS[2]) }
