--[[
  Purpose: writes records of layout 1 into layout 2 where none is yet: one that is there is newer.
  KEYS:    1.. records
  ARGV:    1 text or hash, then for each key: when it expires (Unix ms, 0 never), how many values follow, these
  Reply:   1
]]
local at = 2
for _, key in ipairs(KEYS) do
  local ends, count = ARGV[at], tonumber(ARGV[at + 1])
  if count > 0 and redis.call('EXISTS', key) == 0 then
    redis.call(ARGV[1] == 'hash' and 'HSET' or 'SET', key, unpack(ARGV, at + 2, at + 1 + count))
    if ends ~= '0' then
      redis.call('PEXPIREAT', key, ends)
    end
  end
  at = at + 2 + count
end
return 1
