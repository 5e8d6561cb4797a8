--[[
  Purpose: takes a lease that nobody holds, and draws its fencing token in the same step, so that whoever holds it later has
           the higher token. A token is never below the Unix time in ms either: a Redis that lost its last writes would
           else hand out tokens that were used already.
  KEYS:    1 lease (text), 2 fence (integer)
  ARGV:    1 owner, which ends in a dot and the lifetime, 2 lifetime (ms), 3 longest lifetime of any lease (ms)
  Reply:   { 1 taken, fencing token } or { 0 held, time left to its holder (ms) }
]]
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  local left = redis.call('PTTL', KEYS[1])
  local whole = tonumber(string.match(redis.call('GET', KEYS[1]), '%.(%d+)$')) or tonumber(ARGV[3])
  -- The clock was set back since, or somebody took the expiry away: a dead holder would keep everybody out all that time.
  if left < 0 or left > whole then
    redis.call('PEXPIRE', KEYS[1], whole)
    left = whole
  end
  return { 0, left }
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local token = redis.call('INCR', KEYS[2])
if token < now then
  token = now
  redis.call('SET', KEYS[2], string.format('%.0f', now))
end
return { 1, token }
