--[[
  Purpose: does an effect of a job and records that it is done, in one step, for the start of the job that holds its lock. One
           that was done before is answered from its record: in the job, for as long as it may run again, and in a key of
           its own, for a job that is enqueued anew under the same id.
  KEYS:    1 job hash, then the key of each write
  ARGV:    1 a text of words, because a client takes longer for each argument than for its text: lock, record (hash), token,
           starts of the job with this one, name of the effect, lifetime of the record (ms), effects of a job; then for
           each write: a text of its kind, its expiry (ms, 0 for none) and the number of its arguments; its arguments
  Reply:   the numbers as JSON, 'lost', or why it is refused; nothing was written then
]]
local lock, record, token, starts, name, record_ttl, effects_max =
  ARGV[1]:match('^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
local field = 'nf:effect:' .. name
local job = redis.call('HMGET', KEYS[1], 'ats', field)
if redis.call('GET', lock) ~= token or job[1] ~= starts then
  return 'lost'
end
local done = job[2]
-- Only a Redis before 7 stops a script half-way, for want of a permission.
if done == '' then
  return 'it was stopped half-way before'
end
if done then
  return done
end
done = redis.call('HGET', record, name)
if done then
  redis.call('HSET', KEYS[1], field, done)
  return done
end
if redis.call('HLEN', record) >= tonumber(effects_max) then
  return 'the job has too many effects'
end

local writes, at = {}, 2
for index = 2, #KEYS do
  local kind, expiry, count = ARGV[at]:match('^(%S+) (%S+) (%S+)$')
  local write = { kind = kind, key = KEYS[index], expiry = expiry, args = {} }
  for n = 1, tonumber(count) do
    write.args[n] = ARGV[at + n]
  end
  writes[#writes + 1] = write
  at = at + 1 + tonumber(count)
end

-- Redis takes back nothing of a script that fails, so whatever could fail is looked at before the first write.
local types = { incrBy = 'string', set = 'string', hset = 'hash', hincrBy = 'hash', sadd = 'set' }
local function isExact(held, by)
  if held and held ~= '0' and (#held > 17 or not string.match(held, '^%-?[1-9]%d*$')) then
    return false
  end
  return math.abs(tonumber(held or 0) + tonumber(by)) <= 9007199254740991
end
for _, write in ipairs(writes) do
  local expected, found = types[write.kind], redis.call('TYPE', write.key).ok
  if expected and found ~= 'none' and found ~= expected then
    return 'a key holds a ' .. found .. ', not a ' .. expected
  end
  if write.kind == 'incrBy' and not isExact(redis.call('GET', write.key), write.args[1]) then
    return 'a key holds no whole number that is exact with that added'
  end
  if write.kind == 'hincrBy' and not isExact(redis.call('HGET', write.key, write.args[1]), write.args[2]) then
    return 'a field holds no whole number that is exact with that added'
  end
end

-- It writes from here on.
-- First what a full Redis refuses, so that it has refused all of it.
redis.call('HSET', KEYS[1], field, '')
local commands = { incrBy = 'INCRBY', set = 'SET', hset = 'HSET', hincrBy = 'HINCRBY', sadd = 'SADD', del = 'DEL' }
local numbers = {}
for n, write in ipairs(writes) do
  local reply = redis.call(commands[write.kind], write.key, unpack(write.args))
  -- Not cjson, which rounds to 14 digits.
  numbers[n] = write.kind == 'set' and '1' or string.format('%.0f', reply)
  if write.expiry ~= '0' then
    redis.call('PEXPIRE', write.key, write.expiry)
  end
end
done = '[' .. table.concat(numbers, ',') .. ']'
redis.call('HSET', KEYS[1], field, done)
redis.call('HSET', record, name, done)
redis.call('PEXPIRE', record, record_ttl)
return done
