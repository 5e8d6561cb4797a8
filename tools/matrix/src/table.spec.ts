import { describe, expect, it } from '@jest/globals';
import { hasPassed } from './run-steps.ts';
import { formatResults } from './table.ts';

const passed = {
  name: 'nest11-express-node22',
  steps: [
    { name: 'npm install', words: '11.2.10' },
    { name: 'boot', words: 'ok' },
  ],
  tookMs: 61_400,
} as const;
const failed = {
  name: 'nest12-fastify-node24',
  steps: [{ name: 'npm install', fault: 'npm install ended with 1\nERESOLVE' }, { name: 'boot' }],
  tookMs: 9_000,
} as const;

describe('formatResults', () => {
  it('has a row for a result, and each fault whole', () => {
    expect(formatResults('cell', [passed, failed]).split('\n')).toEqual([
      'cell                   npm install  boot  took',
      'nest11-express-node22  11.2.10      ok    61 s',
      'nest12-fastify-node24  FAILED       -     9 s',
      '',
      'nest12-fastify-node24, npm install: npm install ended with 1',
      'ERESOLVE',
    ]);
  });
});

describe('hasPassed', () => {
  it('wants each step', () => {
    expect(hasPassed(passed)).toBe(true);
    expect(hasPassed(failed)).toBe(false);
    expect(hasPassed({ ...passed, steps: [...passed.steps, { name: 'SIGTERM' }] })).toBe(false);
  });
});
