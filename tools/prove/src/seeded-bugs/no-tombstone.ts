import type { SeededBug } from './seeded-bug.ts';

export const noTombstone: SeededBug = {
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
};
