--[[
  Purpose: counts visits of many sessions and keeps each alive. A session that cannot be counted (no session any more, not of
           this lib) costs nobody else: its fault is its own part of the reply. Only counted visits move the global count.
  KEYS:    1 … n sessions (hash), in the order of the visits, one as often as it was visited; n + 1 global count, if wanted
  ARGV:    1 lifetime while nobody uses it (ms), 2 how many keys are sessions
  Reply:   for each visit the new count, nil when there is no session, or what Redis says against it (text); then the same
           for the global count, which is 0 when nothing was counted
]]
local sessions = tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local idle = now + ARGV[1]
-- Made once: Redis spells a number that Lua gives it anew for each call, and that costs as much as the call.
local idle_text = string.format('%.0f', idle)
local pcall = redis.pcall
local counts = {}
local counted = 0
for at = 1, sessions do
  local key = KEYS[at]
  local fields = pcall('HMGET', key, 'until', 'created')
  local last = fields.err and fields or fields[1]
  local ends = tonumber(last)
  local created = tonumber(fields[2])
  -- Opened ahead of the clock, which was set back since: see visit-session.lua.
  if ends and created and now < created then
    ends = now + ends - created
    last = string.format('%.0f', ends)
    pcall('HSET', key, 'created', string.format('%.0f', now), 'until', last)
  end
  local count = false
  if ends then
    count = pcall('HINCRBY', key, 'count', '1')
    if type(count) == 'number' then
      counted = counted + 1
      local kept = pcall('PEXPIREAT', key, ends < idle and last or idle_text)
      if type(kept) == 'table' then
        count = kept
      end
    elseif counted == 0 and not string.find(count.err, '^ERR') then
      -- Redis takes no writes now: the fault of no key, and nothing was done.
      return count
    end
  elseif last then
    count = type(last) == 'table' and last or { err = 'WRONGTYPE its end is no number' }
  end
  if type(count) == 'table' then
    count = count.err
  end
  counts[at] = count
end
local global = KEYS[sessions + 1]
if global then
  local all = 0
  if counted > 0 then
    all = pcall('INCRBY', global, counted)
  end
  if type(all) == 'table' then
    all = all.err
  end
  counts[sessions + 1] = all
end
return counts
