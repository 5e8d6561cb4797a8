--[[
  Purpose: reads a job together with its state, so that the two fit. Looks for zset scores and in the (short) active list
           only: BullMQ's own script walks the whole waiting list. One that is past its retention is 'expired', whether it is
           removed already or not, for as long as that is remembered.
  KEYS:    1 job hash, 2 completed, 3 failed, 4 delayed (zsets), 5 active (list), 6 cancelled jobs (hash),
           7 removed jobs (zset), 8 their owners (hash)
  ARGV:    1 BullMQ job id, 2 how long completed ones are kept (ms), 3 failed ones, 4 how long it is remembered (ms)
  Reply:   nil, or { state, { field, value, field, value … } }
]]
local id = ARGV[1]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local remembered = tonumber(ARGV[4])
local fields = redis.call('HGETALL', KEYS[1])
if #fields == 0 then
  local cancelled = redis.call('HGET', KEYS[6], id)
  if cancelled then
    return { 'cancelled', cjson.decode(cancelled) }
  end
  local removed = redis.call('ZSCORE', KEYS[7], id)
  if removed and now - tonumber(removed) <= remembered then
    return { 'expired', { 'owner', redis.call('HGET', KEYS[8], id) or '' } }
  end
  return false
end
for index, state in ipairs({ 'completed', 'failed' }) do
  local ended = redis.call('ZSCORE', KEYS[index + 1], id)
  if ended then
    local past = now - tonumber(ended) - tonumber(ARGV[index + 1])
    if past > remembered then
      return false
    end
    return { past > 0 and 'expired' or state, fields }
  end
end
if redis.call('ZSCORE', KEYS[4], id) then
  return { 'delayed', fields }
end
if redis.call('LPOS', KEYS[5], id) then
  return { 'active', fields }
end
return { 'waiting', fields }
