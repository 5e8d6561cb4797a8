import { randomUUID } from 'node:crypto';
import { startRedisServer } from '@nestfleet/redis/testing';
import { openState, type State } from '@nestfleet/state';
import { findRedisServer } from '../../fleet/src/programs.ts';
import { shortOf, type Bench, type Report } from './report.ts';
import { cpuUs } from './visit/processes.ts';

const AT_ONCE = 64;
const VALUE = 'x'.repeat(100);

type Way = readonly [name: string, run: (state: State, n: number) => Promise<unknown>];

/** One operation on keys of each tag that lies on one slot as a whole in layout 1; the number makes the key another one. */
const SPREAD: readonly Way[] = [
  ['{c} add', ({ counters }, n) => counters.add(`c${n % 1_000}`)],
  ['{c} add with a token', ({ counters }, n) => counters.add(`c${n % 1_000}`, 1, { idempotencyToken: `t${n}` })],
  [
    '{i} begin and finish',
    async ({ idempotency }, n) => {
      const begun = await idempotency.begin(`i${n}`, 'f');
      if (begun.kind === 'mine') await idempotency.finish(begun.claim, { status: 200, headers: {}, body: VALUE });
    },
  ],
];
const SINGLE: readonly Way[] = [
  ['{v} put 100 characters', ({ values }, n) => values.put(`v${n % 1_000}`, VALUE)],
  ['{v} get', ({ values }, n) => values.get(`v${n % 1_000}`)],
  ['{l} take and release', ({ leases }, n) => leases.hold(`l${n}`, { ttlMs: 10_000 }, async () => undefined)],
  ['{r} take two, 5/10s', ({ limits }, n) => limits.takeAll(twoOf(n, 5))],
  ['{r} take two, 1000/10s', ({ limits }, n) => limits.takeAll(twoOf(n, 1_000))],
];

const twoOf = (n: number, count: number) => [
  { key: `r${count}-${n % 1_000}`, rate: { count, periodMs: 10_000 } },
  { key: `a${count}-${n % 100}`, rate: { count: count * 10, periodMs: 10_000 } },
];

/** CPU of Redis for one operation, connections and all, which a busy machine does not change as it does a rate. */
async function runSlots(operations: number): Promise<Report> {
  const { path: binary } = await findRedisServer();
  const server = await startRedisServer({ binary });
  const open = (layoutVersion: number): State =>
    openState({
      redisUrl: server.url,
      namespace: `bench-${randomUUID()}`,
      commandTimeoutMs: 10_000,
      layoutVersion,
      layoutSwitchMs: 0,
    });
  const [one, two] = [open(1), open(2)];
  try {
    await Promise.all([one.ready(), two.ready()]);
    const table = [['tag and operation', 'Redis CPU µs', 'ceiling of one node, operations/s']];
    const measured = [
      ...[...SPREAD, ...SINGLE].map(([name, run]) => [name, one, run] as const),
      ...SPREAD.map(([name, run]) => [`${name}, first day of layout 2`, two, run] as const),
    ];
    for (const [name, state, run] of measured) {
      await run(state, operations);
      const startUs = cpuUs(server.pid);
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < operations) await run(state, next++);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      const us = (cpuUs(server.pid) - startUs) / operations;
      table.push([name, shortOf(us), (1_000_000 / us).toFixed(0)]);
    }
    return { table, bounds: [] };
  } finally {
    await Promise.all([one.close(), two.close()]);
    await server.stop();
  }
}

export const slots: Bench = {
  name: 'slots',
  shows: 'what one node of Redis does in a second of what lies on one slot of a cluster',
  run: () => runSlots(40_000),
  short: () => runSlots(200),
};
