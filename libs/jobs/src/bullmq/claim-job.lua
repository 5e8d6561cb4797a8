--[[
  Purpose: says whether an enqueue makes its job, and enters the job into its owner's index. Runs in one MULTI right
           before BullMQ's own insert, which skips an id that exists; so both see the same moment and agree.
  KEYS:    1 job hash, 2 owner index (zset), 3 cancelled ids (zset), 4 cancelled jobs (hash), 5 dead letters (zset)
  ARGV:    1 BullMQ job id, 2 '1' when the job has an owner, 3 now (ms), 4 entries kept, 5 index lifetime (ms)
  Reply:   1 the job is new, 0 it exists
]]
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
-- First what a full Redis refuses, so that it has refused all of it.
if ARGV[2] == '1' then
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - tonumber(ARGV[4]))
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
end
-- The id of a cancelled job may be used again; the new job is the truth then.
if redis.call('ZREM', KEYS[3], ARGV[1]) == 1 then
  redis.call('HDEL', KEYS[4], ARGV[1])
end
-- A dead letter of that id is past its retention.
redis.call('ZREM', KEYS[5], ARGV[1])
return 1
