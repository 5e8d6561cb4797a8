import { setTimeout as sleep } from 'node:timers/promises';
import { bounded } from '../checkers/finding.ts';
import { noneRefused } from '../checkers/history/answers.ts';
import { until } from '../client/until.ts';
import type { FleetDriver } from '../driver/fleet-driver.ts';
import { opsOf } from '../history/op.ts';
import type { Scenario } from '../runner/scenario.ts';
import { nextLayout } from '../seeded-bugs/test-builds.ts';
import { HISTORY_REPLICAS, underHistory } from './under-history.ts';

/** Replicas of the next release beside those of this one, until layout 2 has held for a while. */
const NEXT_FIRST = 2;
/** How long the two releases run side by side before one is rolled, and the rests of the clients. */
const PACES = { core: { calmMs: 5_000, rest: {} }, all: { calmMs: 60_000, rest: { restMs: 1_000 } } };
/** It holds 10 s after the first replica has asked for it. */
const HOLDS_WITHIN_MS = 30_000;
const LEAST_COUNTS = 10;
/** What says that layout 2 holds, for counters and for idempotency keys. */
const SWITCHES = ['*:{c}:layout', '*:{i}:layout'];

export const layout: Scenario = {
  name: 'layout',
  fault:
    'two of five api replicas are replaced by ones that write layout 2 of the state; when it has held for 5 s (all: a minute) ' +
    'the others are too, and then all are rolled back',
  load: 'that of `history`',
  invariant: 'what `history` asks for: above all nothing is counted twice, and no count is lost; and nobody is refused',
  bound: 'all of the history; no 5xx, no request without an answer',
  engines: ['local'],
  tier: 'core',
  counts: { api: HISTORY_REPLICAS },
  nextRelease: nextLayout,
  run: async (context) => {
    const { driver, releases, expect, note, nowMs, isAll } = context;
    if (!releases) throw new Error('there is no next release');
    const pace = PACES[isAll ? 'all' : 'core'];
    const older = new Set<string>();
    let heldMs = 0;
    let rolledMs = 0;
    const ops = await underHistory(
      context,
      async () => {
        await sleep(pace.calmMs);
        releases.deploy('next');
        const [...replicas] = await driver.ready('api');
        for (const replica of replicas.splice(0, NEXT_FIRST)) {
          await driver.stop(replica);
          await driver.heal(replica);
        }
        for (const { servedBy } of replicas) older.add(servedBy);
        const { tookMs } = await until('layout 2 holds', () => holds(driver), HOLDS_WITHIN_MS, 100);
        heldMs = nowMs();
        note(`layout 2 holds ${Math.round(tookMs)} ms after the second replica of it was ready`);
        await sleep(pace.calmMs);
        rolledMs = nowMs();
        await driver.roll('api');
        await sleep(pace.calmMs);
        releases.deploy('own');
        await driver.roll('api');
        await sleep(pace.calmMs);
      },
      pace.rest,
    );

    expect(noneRefused(ops));
    const followed = opsOf(ops, 'count').filter(
      ({ outcome, servedBy, invokedMs, endedMs }) =>
        outcome === 'ok' && older.has(servedBy ?? '') && invokedMs > heldMs && endedMs < rolledMs,
    );
    expect(bounded('counts by replicas of layout 1 once layout 2 held', followed.length, { least: LEAST_COUNTS }));
    note(`${followed.length} counts by replicas of layout 1 once layout 2 held`);
  },
};

async function holds(driver: FleetDriver): Promise<boolean> {
  for (const pattern of SWITCHES) {
    const [key] = (await driver.redis('KEYS', pattern)) as readonly string[];
    if (key === undefined || !/^2 \d+ holds$/.test(String(await driver.redis('GET', key)))) return false;
  }
  return true;
}
