import type { SeededBug } from './seeded-bug.ts';

export const doubleCount: SeededBug = {
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
};
