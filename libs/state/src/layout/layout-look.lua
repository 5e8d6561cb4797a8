--[[
  Purpose: goes before a script on keys of layout 2 and ends it where one is missing that layout 1 may still have.
  KEYS:    those of the script
  ARGV:    those of the script, then for each key until when layout 1 may have it (Unix ms), which the script does not see
  Reply:   { 'look' }, or that of the script
]]
do
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local look = false
  for at = #KEYS, 1, -1 do
    local last = tonumber(table.remove(ARGV))
    look = look or (now < last and redis.call('EXISTS', KEYS[at]) == 0)
  end
  if look then
    return { 'look' }
  end
end
