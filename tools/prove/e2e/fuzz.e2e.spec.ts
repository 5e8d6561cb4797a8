import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { type CommandResult, run } from '../src/driver/make-fleet.ts';
import { fuzzBugs } from '../src/seeded-bugs/fuzz-bugs.ts';

const PROGRAM = join(import.meta.dirname, '../src/fuzz.ts');
/** The api wants a Redis, and nothing else in this tier brings one. */
const WITH_SERVERS = join(import.meta.dirname, '../../fleet/src/with-servers.ts');
/** The same in each run, so that what is red is red again; `make fuzz` draws other ones. */
const SEED = process.env['SEED'] ?? '2024';
const CLEAN_S = 60;
/** At most: the first find ends it. */
const SEEDED_S = 60;
const LIMIT_MS = 240_000;

async function fuzz(...args: string[]): Promise<CommandResult> {
  // Jest's own flags are not for the program.
  const { NODE_OPTIONS: _, ...env } = process.env;
  return run(process.execPath, [WITH_SERVERS, process.execPath, PROGRAM, '--seed', SEED, ...args], env, LIMIT_MS);
}

describe(`what no client and no replica should send, SEED=${SEED}`, () => {
  it(`leaves a gateway and an api as they were, after ${CLEAN_S} s of it`, async () => {
    const { code, output } = await fuzz('--seconds', String(CLEAN_S));
    console.log(output);
    expect(output).toMatch(/^0 kinds of faults found$/m);
    expect(code).toBe(0);
  }, 300_000);

  it.each(fuzzBugs)(
    'finds $name: $description',
    async ({ name, find }) => {
      const { code, output } = await fuzz('--seconds', String(SEEDED_S), '--seeded', name);
      expect(output).toMatch(find);
      expect(code).toBe(1);
    },
    300_000,
  );
});
