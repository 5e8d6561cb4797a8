--[[
  Purpose: does an effect of a job and records that it is done, in one step, for the start of the job that holds its lock. One
           that was done before is answered from its record: in the job, for as long as it may run again, and in a key of
           its own, for a job that is enqueued anew under the same id.
  KEYS:    1 job hash, 2 lock, 3 record (hash), then the key of each write
  ARGV:    1 a text of words: token, starts of the job with this one, name of the effect, lifetime of the record (ms),
           effects of a job; then for each write: its kind, its expiry (ms, 0 for none), the number of its arguments, its
           arguments
  Reply:   { 'done', numbers as JSON }, { 'lost', '' }, or { 'refused', why } where nothing was written
]]
local token, starts, name, record_ttl, effects_max = ARGV[1]:match('^(%S+) (%S+) (%S+) (%S+) (%S+)$')
if redis.call('GET', KEYS[2]) ~= token or redis.call('HGET', KEYS[1], 'ats') ~= starts then
  return { 'lost', '' }
end
local field = 'nf:effect:' .. name
local done = redis.call('HGET', KEYS[1], field)
if done then
  return { 'done', done }
end
done = redis.call('HGET', KEYS[3], name)
if done then
  redis.call('HSET', KEYS[1], field, done)
  return { 'done', done }
end
if redis.call('HLEN', KEYS[3]) >= tonumber(effects_max) then
  return { 'refused', 'the job has too many effects' }
end

local writes, at = {}, 2
for index = 4, #KEYS do
  local count = tonumber(ARGV[at + 2])
  local write = { kind = ARGV[at], key = KEYS[index], expiry = ARGV[at + 1], args = {} }
  for n = 1, count do
    write.args[n] = ARGV[at + 2 + n]
  end
  writes[#writes + 1] = write
  at = at + 3 + count
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
    return { 'refused', 'a key holds a ' .. found .. ', not a ' .. expected }
  end
  if write.kind == 'incrBy' and not isExact(redis.call('GET', write.key), write.args[1]) then
    return { 'refused', 'a key holds no whole number that is exact with that added' }
  end
  if write.kind == 'hincrBy' and not isExact(redis.call('HGET', write.key, write.args[1]), write.args[2]) then
    return { 'refused', 'a field holds no whole number that is exact with that added' }
  end
end

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
redis.call('HSET', KEYS[3], name, done)
redis.call('PEXPIRE', KEYS[3], record_ttl)
return { 'done', done }
