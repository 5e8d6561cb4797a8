import type { SeededBug } from './seeded-bug.ts';

/** All of them are found by one run of the history. */
export const storeBugs: readonly SeededBug[] = [
  {
    name: 'split-expiry',
    description: 'a window is counted in one command and given its expiry in another, a moment later',
    app: 'api',
    patches: [
      {
        file: 'libs/state/src/counters/add-within.lua',
        find: `  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', ends))\n`,
        replace: '',
      },
      {
        file: 'libs/state/src/counters/redis-counters.ts',
        find: `      const [text, nowMs] = reply as [string, number];\n`,
        replace: `      const [text, nowMs] = reply as [string, number];
      setTimeout(() => void commands.run((redis) => redis.pexpire(window.single, windowMs)).catch(() => undefined), 100);\n`,
      },
    ],
    detectedBy: { scenario: 'history', fault: /window:.* has no expiry/ },
  },
  {
    name: 'no-tombstone',
    description: 'an end removes the session and leaves nothing, and a write makes what it does not find',
    app: 'api',
    patches: [
      {
        file: 'libs/state/src/sessions/end-session.lua',
        find: `redis.call('HSET', KEYS[1], 'ended', now)\n`,
        replace: '',
      },
      {
        file: 'libs/state/src/sessions/set-session-fields.lua',
        find: `if not last then
  return false
end
`,
        replace: `if redis.call('HEXISTS', KEYS[1], 'ended') == 1 then
  return false
end
if not last then
  local began = redis.call('TIME')[1] * 1000
  last = began + 86400000
  redis.call('HSET', KEYS[1], 'count', 0, 'version', 1, 'created', began, 'until', last)
end
`,
      },
    ],
    detectedBy: { scenario: 'history', fault: /comes back.*finds/ },
  },
  {
    name: 'cas-without-version',
    description: 'a whole edit is stored whatever the version is that it was made from',
    app: 'api',
    patches: [
      {
        file: 'libs/state/src/sessions/change-session.lua',
        find: `if version ~= ARGV[1] then`,
        replace: `if false then`,
      },
      {
        file: 'libs/state/src/sessions/change-session.ts',
        find: `    if (!holds(asked, session.version)) throw`,
        replace: `    if (asked.only === undefined && !holds(asked, session.version)) throw`,
      },
    ],
    detectedBy: { scenario: 'history', fault: /edits of .* is lost.*does not find/ },
  },
  {
    name: 'adopted-sid',
    description: 'a visit with a well-signed id that nobody has opens a session under it: fixation',
    app: 'api',
    patches: [
      {
        file: 'libs/state/src/visits/count-visits.lua',
        find: `  local fields = pcall('HMGET', key, 'until', 'created')\n`,
        replace: `  if redis.pcall('EXISTS', key) == 0 then
    redis.pcall('HSET', key, 'count', 0, 'version', 1, 'created', now, 'until', now + 86400000)
  end
  local fields = pcall('HMGET', key, 'until', 'created')\n`,
      },
    ],
    detectedBy: { scenario: 'history', fault: /unknown ids becomes a session.* does/ },
  },
  {
    name: 'double-count',
    description: 'an idempotency key is looked for and never kept, so what is sent again counts again',
    app: 'api',
    patches: [
      {
        file: 'libs/state/src/counters/add-idempotent.lua',
        find: `redis.call('SET', KEYS[2], applied, 'PX', ARGV[2])\n`,
        replace: '',
      },
      {
        // The answer is kept too, and would hide it.
        file: 'libs/state/src/idempotency/finish-idempotent.lua',
        find: `redis.call('PEXPIRE', KEYS[1], ARGV[3])\n`,
        replace: `redis.call('DEL', KEYS[1])\n`,
      },
    ],
    detectedBy: { scenario: 'history', fault: /keys in .* count once each.*(was answered|counted twice)/ },
  },
];
