--[[
  Purpose: releases a key for which nothing was done, if it is still this owner's and has no response.
  KEYS:    1 key (hash)
  ARGV:    1 owner
  Reply:   1 released | 0 not
]]
local owner, response = unpack(redis.call('HMGET', KEYS[1], 'owner', 'response'))
if response or owner ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
