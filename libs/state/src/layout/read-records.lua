--[[
  Purpose: reads records of layout 1, which change no more, to be copied into layout 2.
  KEYS:    1.. records
  ARGV:    1 text or hash
  Reply:   for each key nil, or { when it expires (Unix ms, 0 never), the text, or field, value … }
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local records = {}
for at, key in ipairs(KEYS) do
  local left = redis.call('PTTL', key)
  records[at] = false
  if left ~= -2 then
    local record = ARGV[1] == 'hash' and redis.call('HGETALL', key) or { redis.call('GET', key) }
    table.insert(record, 1, left < 0 and 0 or now + left)
    records[at] = record
  end
end
return records
