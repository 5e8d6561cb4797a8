--[[
  Purpose: keeps a session alive, no longer than its last end. A tombstone is not kept.
  KEYS:    1 session (hash)
  ARGV:    1 lifetime while nobody uses it (ms)
  Reply:   1, or 0 when there is no session
]]
local last = redis.call('HGET', KEYS[1], 'until')
if not last then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('PEXPIREAT', KEYS[1], math.min(now + ARGV[1], last))
return 1
