--[[
  Purpose: gives a lease its whole lifetime again, if it is still this owner's.
  KEYS:    1 lease (text)
  ARGV:    1 owner, 2 lifetime (ms)
  Reply:   1 renewed | 0 it is not this owner's
]]
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
