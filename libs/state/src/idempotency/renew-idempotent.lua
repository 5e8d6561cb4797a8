--[[
  Purpose: has a claim last for its whole lifetime again, if the key is still this owner's and has no response.
  KEYS:    1 record (hash)
  ARGV:    1 owner, 2 how long it is taken (ms)
  Reply:   1 renewed | 0 not
]]
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
