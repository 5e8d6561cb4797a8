--[[
  Purpose: claims a key that is free for a short while, or says what became of it. Key and expiry are one step, so that a
           replica that dies leaves a key that gets free again.
  KEYS:    1 record (hash)
  ARGV:    1 digest of the fingerprint, 2 owner, 3 how long it is taken (ms), 4 fingerprint, 5 '1' when memory is low
  Reply:   { 'mine' } | { 'done', response } | { 'in-flight', time left (ms) } | { 'mismatch' } | { 'memory-low' }
]]
local flat = redis.call('HGETALL', KEYS[1])
if #flat == 0 then
  if ARGV[5] == '1' then
    return { 'memory-low' }
  end
  -- It writes from here on.
  -- As the release before has it, so that each of the two waits for a claim of the other. The next release may do with less.
  redis.call('HSET', KEYS[1], 'fingerprint', ARGV[4], 'owner', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return { 'mine' }
end
local record = {}
for at = 1, #flat, 2 do
  record[flat[at]] = flat[at + 1]
end
-- The release before stores a response whole. A late one of it goes beside the parts, which were first.
local response = record.response
local isSame = record.fingerprint == ARGV[4] or record.fingerprint == ARGV[1]
if record['1'] then
  local parts = {}
  while record[tostring(#parts + 1)] do
    parts[#parts + 1] = record[tostring(#parts + 1)]
  end
  response = table.concat(parts)
end
if not isSame then
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
