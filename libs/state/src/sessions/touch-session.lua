--[[
  Purpose: keeps a session alive, no longer than its last end. A tombstone is not kept.
  KEYS:    1 session (hash)
  ARGV:    1 lifetime while nobody uses it (ms)
  Reply:   1, or 0 when there is no session
]]
local last, created = unpack(redis.call('HMGET', KEYS[1], 'until', 'created'))
if not last then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- It writes from here on.
-- Opened ahead of the clock, which was set back since: its longest lifetime begins anew, or it would have that and the step.
if created and now < tonumber(created) then
  last = now + last - created
  redis.call('HSET', KEYS[1], 'created', now, 'until', last)
end
redis.call('PEXPIREAT', KEYS[1], math.min(now + ARGV[1], last))
return 1
