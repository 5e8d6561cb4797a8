--[[
  Purpose: refunds what was taken from each key, because what it was taken for was not done. What no longer counts, or was
           moved since by a clock that was set back, stays as it is.
  KEYS:    1.. limits (hash: moment in microseconds, how much was taken)
  ARGV:    for each key: the moment at which it was taken, how much
  Reply:   how many keys were refunded
]]
local given = 0
for at, key in ipairs(KEYS) do
  local mark, cost = ARGV[2 * at - 1], tonumber(ARGV[2 * at])
  local taken = tonumber(redis.call('HGET', key, mark)) or 0
  if taken >= cost then
    if taken == cost then
      redis.call('HDEL', key, mark)
    else
      redis.call('HINCRBY', key, mark, string.format('%.0f', -cost))
    end
    given = given + 1
  end
end
return given
