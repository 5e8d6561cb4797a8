import type { SeededBug } from './seeded-bug.ts';

export const splitExpiry: SeededBug = {
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
      setTimeout(() => void commands.run((redis) => redis.pexpire(window, windowMs)).catch(() => undefined), 100);\n`,
    },
  ],
  detectedBy: { scenario: 'history', fault: /window:.* has no expiry/ },
};
