--[[
  Purpose: stores a response, unless the key is somebody else's by now: a late one must not replace what was answered to others.
           A key that is gone is nobody's, and the response is better stored than made again.
  KEYS:    1 record (hash)
  ARGV:    1 digest of the fingerprint, 2 owner, 3 how long it is stored (ms), 4 response
  Reply:   1 stored | 0 the key is somebody else's, or answered
]]
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[2] and redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
-- Redis packs a small hash of values up to 64 bytes into half the memory of any other. A long response gains nothing by it.
local response, length = ARGV[4], 63
if #response > 100 * length then
  length = #response
end
-- Under this name the release before finds another fingerprint than its own, and refuses where it would do it again.
local fields, from = { 'fingerprint', ARGV[1] }, 1
repeat
  local to = math.min(from + length - 1, #response)
  -- Never inside a character: the parts are text to who copies them into layout 2.
  while to < #response and response:byte(to + 1) >= 128 and response:byte(to + 1) < 192 do
    to = to - 1
  end
  fields[#fields + 1] = tostring(#fields / 2)
  fields[#fields + 1] = response:sub(from, to)
  from = to + 1
until from > #response
-- It writes from here on.
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('HDEL', KEYS[1], 'owner')
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
