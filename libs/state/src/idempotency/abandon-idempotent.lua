--[[
  Purpose: releases a key for which nothing was done, if it is still this owner's and has no response.
  KEYS:    1 record (hash)
  ARGV:    1 owner
  Reply:   1 released | 0 not
]]
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
