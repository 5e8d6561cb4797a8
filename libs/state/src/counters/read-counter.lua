--[[
  Purpose: reads a counter. A script, because which layout holds is looked up in the same step.
  KEYS:    1 counter
  ARGV:    none
  Reply:   count, or nil where there is none
]]
return redis.call('GET', KEYS[1])
