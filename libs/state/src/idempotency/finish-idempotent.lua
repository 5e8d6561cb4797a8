--[[
  Purpose: keeps an answer, unless the key is somebody else's by now: a late one must not replace what was answered to others.
           A key that is gone is nobody's, and the answer is better kept than done again.
  KEYS:    1 key (hash)
  ARGV:    1 fingerprint, 2 owner, 3 how long it is kept (ms), 4 answer
  Reply:   1 kept | 0 the key is somebody else's, or answered
]]
local owner, answer = unpack(redis.call('HMGET', KEYS[1], 'owner', 'answer'))
if answer or (owner and owner ~= ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'owner', ARGV[2], 'answer', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
