--[[
  Purpose: releases a lease, if it is still this owner's: a late release must not end the lease of the next holder.
  KEYS:    1 lease (text)
  ARGV:    1 owner
  Reply:   1 released | 0 it is not this owner's
]]
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
