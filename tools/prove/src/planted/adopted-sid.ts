import type { PlantedBug } from './planted-bug.ts';

export const adoptedSid: PlantedBug = {
  name: 'adopted-sid',
  mistake: 'a visit with a well-signed id that nobody has opens a session under it: fixation',
  app: 'api',
  patches: [
    {
      file: 'libs/state/src/sessions/visit-session.lua',
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
  foundBy: { scenario: 'history', fault: /unknown ids becomes a session.* does/ },
};
