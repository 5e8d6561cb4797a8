--[[
  Purpose: goes before a script on keys of layout 1 and ends it where layout 2 holds, so that from that moment on nothing of
           layout 1 changes, whoever still writes it. That it holds is kept: a clock that is set back later does not undo it.
  KEYS:    those of the script, then the switch (text), which the script does not see
  ARGV:    those of the script
  Reply:   { 'moved', since when layout 2 holds (Unix ms) }, or that of the script
]]
do
  local key = table.remove(KEYS)
  local since, kept = string.match(redis.call('GET', key) or '', '^2 (%d+)(.*)$')
  if since then
    local time = redis.call('TIME')
    local holds = kept ~= ''
    if not holds and time[1] * 1000 + math.floor(time[2] / 1000) >= tonumber(since) then
      holds = true
      -- A Redis that is full refuses it, and the next script tries again.
      redis.pcall('SET', key, '2 ' .. since .. ' holds')
    end
    if holds then
      return { 'moved', since }
    end
  end
end
