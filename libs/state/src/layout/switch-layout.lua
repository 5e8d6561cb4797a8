--[[
  Purpose: has layout 2 hold for the keys of one tag, a while from now: until then the switch itself is on disk and on
           replicas, because a Redis that lost it would count on in layout 1. Who knows since when it holds puts it back.
  KEYS:    1 switch (text)
  ARGV:    1 from when on (ms from now), 2 since when it is known to hold (Unix ms, 0 for not known)
  Reply:   the switch
]]
local switch = redis.call('GET', KEYS[1])
-- One that is only pending was asked for by somebody who did not know.
if switch and (ARGV[2] == '0' or string.match(switch, '^2 %d+ .')) then
  return switch
end
switch = '2 ' .. ARGV[2] .. ' holds'
if ARGV[2] == '0' then
  local time = redis.call('TIME')
  switch = '2 ' .. string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1])
end
redis.call('SET', KEYS[1], switch)
return switch
