--[[
  Purpose: claims a key that is free for a short while, or says what became of it. Key and expiry are one step, so that a
           replica that dies leaves a key that gets free again.
  KEYS:    1 key (hash)
  ARGV:    1 fingerprint, 2 owner, 3 how long it is taken (ms)
  Reply:   { 'mine' } | { 'done', response } | { 'in-flight', time left (ms) } | { 'mismatch' }
]]
local fingerprint, response = unpack(redis.call('HMGET', KEYS[1], 'fingerprint', 'response'))
if not fingerprint then
  redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'owner', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return { 'mine' }
end
if fingerprint ~= ARGV[1] then
  return { 'mismatch' }
end
if response then
  return { 'done', response }
end
local left = redis.call('PTTL', KEYS[1])
-- The clock was set back since: whoever took it is given no more than its time.
if left < 0 or left > tonumber(ARGV[3]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  left = tonumber(ARGV[3])
end
return { 'in-flight', left }
