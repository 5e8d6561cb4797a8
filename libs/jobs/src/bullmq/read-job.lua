--[[
  Purpose: reads a job together with its state, so that the two fit. Looks for zset scores and in the (short) active list
           only: BullMQ's own script walks the whole waiting list.
  KEYS:    1 job hash, 2 completed, 3 failed, 4 delayed (zsets), 5 active (list), 6 cancelled jobs (hash)
  ARGV:    1 BullMQ job id
  Reply:   nil, or { state, { field, value, field, value … } }
]]
local fields = redis.call('HGETALL', KEYS[1])
if #fields == 0 then
  local remembered = redis.call('HGET', KEYS[6], ARGV[1])
  if not remembered then
    return false
  end
  return { 'cancelled', cjson.decode(remembered) }
end
for index, state in ipairs({ 'completed', 'failed', 'delayed' }) do
  if redis.call('ZSCORE', KEYS[index + 1], ARGV[1]) then
    return { state, fields }
  end
end
if redis.call('LPOS', KEYS[5], ARGV[1]) then
  return { 'active', fields }
end
return { 'waiting', fields }
