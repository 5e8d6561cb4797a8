import type { SeededBug } from './seeded-bug.ts';

export const adoptedSid: SeededBug = {
  name: 'adopted-sid',
  description: 'a visit with a well-signed id that nobody has opens a session under it: fixation',
  app: 'api',
  patches: [
    {
      file: 'libs/state/src/visits/count-visits.lua',
      find: `  local last = pcall('HGET', key, 'until')\n`,
      replace: `  if redis.pcall('EXISTS', key) == 0 then
    redis.pcall('HSET', key, 'count', 0, 'version', 1, 'created', now, 'until', now + 86400000)
  end
  local last = pcall('HGET', key, 'until')\n`,
    },
  ],
  detectedBy: { scenario: 'history', fault: /unknown ids becomes a session.* does/ },
};
