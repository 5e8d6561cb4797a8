--[[
  Purpose: frees a key for which nothing was done, if it is still this owner's and has no answer.
  KEYS:    1 key (hash)
  ARGV:    1 owner
  Reply:   1 freed | 0 not
]]
local owner, answer = unpack(redis.call('HMGET', KEYS[1], 'owner', 'answer'))
if answer or owner ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
