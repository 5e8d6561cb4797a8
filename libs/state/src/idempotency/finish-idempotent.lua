--[[
  Purpose: stores a response, unless the key is somebody else's by now: a late one must not replace what was answered to others.
           A key that is gone is nobody's, and the response is better stored than made again.
  KEYS:    1 key (hash)
  ARGV:    1 fingerprint, 2 owner, 3 how long it is stored (ms), 4 response
  Reply:   1 stored | 0 the key is somebody else's, or answered
]]
local owner, response = unpack(redis.call('HMGET', KEYS[1], 'owner', 'response'))
if response or (owner and owner ~= ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'owner', ARGV[2], 'response', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
