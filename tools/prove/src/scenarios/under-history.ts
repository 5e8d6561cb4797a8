import { setTimeout as sleep } from 'node:timers/promises';
import { bounded } from '../checkers/finding.ts';
import { allKindsDone, noUnexpectedAnswer } from '../checkers/history/answers.ts';
import { noLostEdit } from '../checkers/history/edits.ts';
import { noAdoption, noResurrection, sharedStays } from '../checkers/history/ended.ts';
import { allExpire } from '../checkers/history/expiries.ts';
import { noLostFieldWrite } from '../checkers/history/field-writes.ts';
import { countedOnce, movedOnce, visitsOnce } from '../checkers/history/once.ts';
import type { FleetDriver } from '../driver/fleet-driver.ts';
import { type Op, opsOf } from '../history/op.ts';
import { startHistory } from '../history/run-history.ts';
import { type KeysAt, forgetSession, lookAtKeys } from '../history/store.ts';
import type { ScenarioContext } from '../runner/scenario.ts';
import { globalCountOf } from './global-count.ts';

/** Of the api, so that what is shared is used through different ones. */
export const HISTORY_REPLICAS = 5;
/** Of each client between two steps, in the mean: about 250 requests a second in all. */
const REST_MS = 250;

export interface UnderHistoryOptions {
  /**
   * Mean rest of a client between two steps, milliseconds. A run of minutes needs longer ones: what editors add to grows with each edit.
   * @default 250
   */
  readonly restMs?: number;
}
const LOOK_EVERY_MS = 250;
/** A machine on which less is done shows too little. */
const LEAST_PER_SECOND = 50;

/** underHistory does something to the fleet while clients share what it keeps, and checks all that they have seen. */
export async function underHistory(
  { driver, edge, random, expect, note, keep, nowMs }: ScenarioContext,
  disturb: () => Promise<void>,
  { restMs = REST_MS }: UnderHistoryOptions = {},
): Promise<readonly Op[]> {
  const before = await globalCountOf(edge);
  const run = `history-${Math.round(nowMs())}`;
  const forget = (cookie: string): Promise<void> => forgetSession(driver, cookie);
  const running = await startHistory(edge, random, { restMs, run, forget });
  keep(running.ops);
  const looking = watchKeys(driver);
  const sinceMs = nowMs();
  try {
    await disturb();
  } finally {
    running.cancel();
    looking.cancel();
  }
  const { ops, counters, shared } = await running.stop();
  const looks = await looking.stop();

  expect(allKindsDone(ops));
  expect(noUnexpectedAnswer(ops));
  expect(noLostFieldWrite(ops));
  expect(noLostEdit(ops));
  expect(sharedStays(ops, shared));
  expect(noResurrection(ops));
  expect(noAdoption(ops));
  expect(countedOnce(ops, counters));
  expect(movedOnce(ops));
  expect(visitsOnce(ops, (await globalCountOf(edge)) - 1 - before));
  expect(allExpire(looks));
  expect(bounded('replicas that served', servers(ops).size, { least: HISTORY_REPLICAS }));
  const seconds = (nowMs() - sinceMs) / 1_000;
  expect(bounded('requests a second that were written down', ops.length / seconds, { least: LEAST_PER_SECOND }));
  note(`${ops.length} operations: ${inWords(ops)}`);
  note(`${looks.length} looks at up to ${Math.max(...looks.map(({ keys }) => keys.length))} keys`);
  return ops;
}

const servers = (ops: readonly Op[]): ReadonlySet<string> => new Set(ops.flatMap(({ servedBy }) => servedBy ?? []));

function inWords(ops: readonly Op[]): string {
  const done = (what: Op['do']): string => {
    const mine = opsOf(ops, what);
    const unknown = mine.filter(({ outcome }) => outcome === 'unknown').length;
    return `${mine.filter(({ outcome }) => outcome === 'ok').length} of ${mine.length} ${what} (${unknown} unknown)`;
  };
  return (['set', 'edit', 'read', 'visit', 'count', 'end', 'rotate', 'present'] as const).map(done).join(', ');
}

/** Looks at all keys again and again. */
function watchKeys(driver: FleetDriver): { stop(): Promise<readonly KeysAt[]>; cancel(): void } {
  const looks: KeysAt[] = [];
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      looks.push(await lookAtKeys(driver));
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  // Told by `stop`.
  running.catch(() => undefined);
  return {
    cancel: () => stopping.abort(),
    stop: async () => {
      stopping.abort();
      await running;
      return [...looks, await lookAtKeys(driver)];
    },
  };
}
