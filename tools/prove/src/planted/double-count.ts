import type { PlantedBug } from './planted-bug.ts';

export const doubleCount: PlantedBug = {
  name: 'double-count',
  mistake: 'an idempotency key is looked for and never kept, so what is sent again counts again',
  app: 'api',
  patches: [
    {
      file: 'libs/state/src/counters/add-once.lua',
      find: `redis.call('SET', KEYS[2], mark, 'PX', ARGV[2])\n`,
      replace: '',
    },
    {
      // The answer is kept too, and would hide it.
      file: 'libs/state/src/idempotency/finish-idempotent.lua',
      find: `redis.call('PEXPIRE', KEYS[1], ARGV[3])\n`,
      replace: `redis.call('DEL', KEYS[1])\n`,
    },
  ],
  foundBy: { scenario: 'history', fault: /keys in .* count once each.*(was answered|counted twice)/ },
};
