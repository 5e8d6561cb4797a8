--[[
  Purpose: says which of the jobs that a worker has are to be cancelled. Changes nothing, so a Redis that refuses writes
           answers it too.
  KEYS:    1 active (list), for the slot alone
  ARGV:    1 what the keys of job hashes begin with, 2 … BullMQ job ids
  Reply:   the ids
]]
local requested = {}
for at = 2, #ARGV do
  if redis.call('HEXISTS', ARGV[1] .. ARGV[at], 'nf:cancel') == 1 then
    requested[#requested + 1] = ARGV[at]
  end
end
return requested
