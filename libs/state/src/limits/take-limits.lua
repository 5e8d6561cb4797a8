--[[
  Purpose: takes one of what each key allows, or nothing when one of them refuses (GCRA), by the clock of Redis. A key holds
           the moment at which all of its allowance will have grown back, and expires then. gcra.ts is the same.
  KEYS:    1.. limits (moment in microseconds)
  ARGV:    for each key: how long one takes to grow back, how long all of it does (microseconds)
  Reply:   { now (microseconds), then for each key: its moment, how long until it allows one (microseconds, 0 it did) }
]]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local moments, waits, allowed = {}, {}, true
for at, key in ipairs(KEYS) do
  local step, room = tonumber(ARGV[2 * at - 1]), tonumber(ARGV[2 * at])
  local full = tonumber(redis.call('GET', key) or now)
  -- No further away than the whole: the clock was set back, or the rate was another one.
  full = math.min(math.max(full, now), now + room)
  moments[at] = full
  waits[at] = math.max(0, full + step - (now + room))
  allowed = allowed and waits[at] == 0
end
local reply = { now }
for at, key in ipairs(KEYS) do
  if allowed then
    moments[at] = moments[at] + tonumber(ARGV[2 * at - 1])
    redis.call('SET', key, string.format('%.0f', moments[at]), 'PX', math.ceil((moments[at] - now) / 1000))
  end
  table.insert(reply, moments[at])
  table.insert(reply, waits[at])
end
return reply
