--[[
  Purpose: counts one visit and keeps the session alive in one step. A count without the expiry, or on a session that has
           just gone, would make a key that never goes away.
  KEYS:    1 session (hash)
  ARGV:    1 lifetime (ms)
  Reply:   the new count, or nil when there is no session
]]
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
local count = redis.call('HINCRBY', KEYS[1], 'count', 1)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return count
