--[[
  Purpose: puts back a marker that a consumer took which takes no job now, so that it wakes another one.
  KEYS:    1 marker (zset)
  ARGV:    1 score, 2 member
  Reply:   1, or 0 when there is one again
]]
return redis.call('ZADD', KEYS[1], 'NX', ARGV[1], ARGV[2])
