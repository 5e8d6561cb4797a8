--[[
  Purpose: reads the count of the window that runs now and its time left, so that the two fit.
  KEYS:    1 count of the window
  ARGV:    1 length of the window (ms)
  Reply:   { count, time left (ms) }
]]
local count = redis.call('GET', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
-- More is left than a window has where the clock was set back since: the next add ends it here.
if left < 0 or left > tonumber(ARGV[1]) then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  left = ARGV[1] - now % ARGV[1]
end
return { count or '0', left }
