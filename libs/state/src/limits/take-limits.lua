--[[
  Purpose: takes from each key, or nothing when one of them refuses, never more than its count in any period, by the clock
           of Redis. A key holds what was taken, by the moment at which its sub-window began. sliding-window.ts is the same.
  KEYS:    1.. limits (hash: moment in microseconds, how much was taken)
  ARGV:    for each key: its count, the width of a sub-window (microseconds), in how many after its own a mark counts, how
           much is taken
  Reply:   { now (microseconds), then for each key: how much counts now, until when (microseconds from now), how long until
           it allows as much (microseconds, 0 it did) }
]]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limits, allowed = {}, true
local function leaves(limit, mark)
  return (math.floor(mark / limit.width) + limit.span + 1) * limit.width - now
end
local function add(limit, amount)
  redis.call('HINCRBY', limit.key, string.format('%.0f', limit.start), string.format('%.0f', amount))
  redis.call('PEXPIRE', limit.key, math.ceil(leaves(limit, limit.start) / 1000))
  limit.last = limit.start
end
for at, key in ipairs(KEYS) do
  local count, width, span, cost = unpack(ARGV, 4 * at - 3, 4 * at)
  local limit = { key = key, width = tonumber(width), span = tonumber(span), cost = tonumber(cost), used = 0, wait = 0 }
  limit.start = math.floor(now / limit.width) * limit.width
  local marks, ahead = {}, 0
  local stored = redis.call('HGETALL', key)
  for each = 1, #stored, 2 do
    local mark, amount = tonumber(stored[each]), tonumber(stored[each + 1])
    if mark > limit.start then
      -- The clock was set back: it counts as taken now, or nobody would get on until the clock is there again.
      redis.call('HDEL', key, stored[each])
      ahead = ahead + amount
      mark = limit.start
    end
    if mark >= limit.start - limit.span * limit.width then
      limit.used = limit.used + amount
      limit.last = math.max(limit.last or mark, mark)
      table.insert(marks, { mark, amount })
    else
      redis.call('HDEL', key, stored[each])
    end
  end
  if ahead > 0 then
    add(limit, ahead)
  end
  local excess = limit.used + limit.cost - tonumber(count)
  if excess > 0 then
    allowed = false
    table.sort(marks, function(one, other)
      return one[1] < other[1]
    end)
    for _, mark in ipairs(marks) do
      excess = excess - mark[2]
      limit.wait = leaves(limit, mark[1])
      if excess <= 0 then
        break
      end
    end
  end
  limits[at] = limit
end
local reply = { now }
for _, limit in ipairs(limits) do
  if allowed then
    add(limit, limit.cost)
    limit.used = limit.used + limit.cost
  end
  table.insert(reply, limit.used)
  table.insert(reply, limit.last and leaves(limit, limit.last) or 0)
  table.insert(reply, limit.wait)
end
return reply
