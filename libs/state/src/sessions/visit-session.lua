--[[
  Purpose: counts one visit and keeps the session alive in one step. A count without the expiry would make a key that never
           goes away, and a count on a session that has gone would raise it from the dead.
  KEYS:    1 session (hash)
  ARGV:    1 lifetime while nobody uses it (ms)
  Reply:   the new count, or nil when there is no session
]]
local last = redis.call('HGET', KEYS[1], 'until')
if not last then
  return false
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local count = redis.call('HINCRBY', KEYS[1], 'count', 1)
redis.call('PEXPIREAT', KEYS[1], math.min(now + ARGV[1], last))
return count
