import { setTimeout as sleep } from 'node:timers/promises';
import { sessionCounts } from '../../checkers/counting.ts';
import { noFailure, sentWithin } from '../../checkers/outcomes.ts';
import { allServe, shares, formatShares, silentSince } from '../../checkers/traffic.ts';
import type { Operation } from '../../load/operation.ts';
import { edgeLivez, visit, whoami } from '../../load/requests.ts';
import { nowMs, startLoad } from '../../load/workers.ts';
import { seededRandom } from '../../load/random.ts';
import { until } from '../../client/until.ts';
import type { Row } from '../row.ts';

/** One client and one kind of request, so nothing is left to choose. */
const random = seededRandom(0);
const LIMIT_MS = 240_000;

export const scale: Row = {
  name: 'scale',
  shows: '3 → 5 → 2 live under load: none fails, new ones take part within 5 s',
  run: async (check, subject) => {
    const { edge } = subject;
    const driver = subject.driver();
    if ((await driver.ready('api')).length !== 3) await driver.scale('api', 3);
    // Both ways in which clients come: a connection for each request, and few that stay.
    const one = { workers: 1, limitMs: LIMIT_MS } as const;
    const fresh = await startLoad(edge, { ...one, perSecond: 25, mix: [[visit, 1]], connections: 'new' }, random);
    const kept = await startLoad(edge, { ...one, perSecond: 15, mix: [[whoami, 1]], connections: 'kept' }, random);
    const names = async () => (await driver.ready('api')).map((each) => each.servedBy).toSorted();
    const since = (atMs: number) => sentWithin(fresh.operations, atMs);
    try {
      await driver.scale('api', 5);
      const upMs = nowMs();
      const five = await names();
      check.equal('ready after scaling up', five.length, 5);
      const part = await until('all five serve', () => allServe(since(upMs), five).holds, 20_000);
      check.atMost('until the new ones took part, ms', part.tookMs, 5_000);

      await driver.scale('api', 2);
      const downMs = nowMs();
      const two = await names();
      check.equal('ready after scaling down', two.length, 2);
      await until('forty more answers', () => since(downMs).length >= 40, 20_000);
      check.equal('those that serve then', [...shares(since(downMs)).keys()].toSorted(), two);
      check.note(`new ones took part after ${part.tookMs} ms`);
    } finally {
      await Promise.all([fresh.stop(), kept.stop()]);
      await driver.scale('api', 3);
    }
    const all = [...fresh.operations, ...kept.operations];
    check.finds(noFailure(fresh.operations));
    check.finds(noFailure(kept.operations));
    check.atLeast('requests', all.length, 200);
    check.finds(sessionCounts(fresh.operations));
    const lost = all.filter(({ outcome }) => outcome !== 'ok').length;
    check.note(`${fresh.operations.length} + ${kept.operations.length} requests, ${lost} lost`);
  },
};

const tookMs = ({ invokedMs, endedMs }: Operation): number => endedMs - invokedMs;

/** How long requests took that nothing had happened to: what the machine itself was slow at is no sign of a dead replica. */
function slownessAt(control: readonly Operation[], atMs: number): number {
  return Math.max(0, ...control.filter(({ invokedMs }) => Math.abs(invokedMs - atMs) < 1_000).map(tookMs));
}

/** Requests that met the dead replica: they failed, or another one answered them after a wait. */
const harmed = (operations: readonly Operation[], control: readonly Operation[]): Operation[] =>
  operations.filter(
    (each) => each.outcome !== 'ok' || tookMs(each) > Math.max(SLOW_MS, 3 * slownessAt(control, each.invokedMs)),
  );

/** Shorter than an edge proxy waits for a connection to a replica, all attempts together. */
const SLOW_MS = 350;
const WATCHED_MS = 6_000;
/** HAProxy may have lost its slot in the change before; its watch gives it one again after 15 to 17 s. */
const SERVES_WITHIN_MS = 40_000;

export const kill: Row = {
  name: 'kill',
  shows: 'a replica is killed: dropped within 2 s, no safe request fails',
  run: async (check, subject) => {
    const { edge } = subject;
    const driver = subject.driver();
    const [victim] = await driver.ready('api');
    if (!victim) throw new Error('no api replica is ready');
    const one = { workers: 1, limitMs: 90_000, connections: 'new' } as const;
    // No multiple of each other: an edge proxy that takes turns among three would give one load the same replica for ever.
    const safe = await startLoad(edge, { ...one, perSecond: 31, mix: [[whoami, 1]] }, random);
    const unsafe = await startLoad(edge, { ...one, perSecond: 13, mix: [[visit, 1]] }, random);
    const control = await startLoad(edge, { ...one, perSecond: 10, mix: [[edgeLivez, 1]] }, random);
    const loads = [safe, unsafe, control] as const;
    let killed = false;
    try {
      const serves = () => [safe, unsafe].every((load) => allServe(load.operations, [victim.servedBy]).holds);
      const found = await until(`${victim.servedBy} serves`, serves, SERVES_WITHIN_MS).catch((error: unknown) => {
        const seen = [safe, unsafe].map((load) => formatShares(load.operations)).join('; ');
        throw new Error(`${victim.servedBy} is ready and is sent nothing; these serve: ${seen}`, { cause: error });
      });
      const orderedMs = nowMs();
      killed = true;
      await driver.kill(victim);
      const deadMs = nowMs();
      await sleep(WATCHED_MS);
      await Promise.all(loads.map((load) => load.stop()));

      const [safeAfter, unsafeAfter] = [safe, unsafe].map((load) => sentWithin(load.operations, orderedMs));
      const after = [...(safeAfter ?? []), ...(unsafeAfter ?? [])];
      const met = harmed(after, control.operations);
      // The moment of death is somewhere between the order and its end.
      const droppedMs = Math.round(Math.max(orderedMs, ...met.map(({ invokedMs }) => invokedMs)) - orderedMs);
      const most = Math.round(2_000 + deadMs - orderedMs);
      check.atMost('last request that met the dead replica, ms after the kill', droppedMs, most);
      check.finds(noFailure(safeAfter ?? []));
      const lost = (unsafeAfter ?? []).filter(({ outcome }) => outcome !== 'ok').length;
      check.atMost('unsafe requests that failed, which nobody may send again', lost, 15);
      // Where it is started again at once, under its name, kill-api asks when.
      if (!driver.restartsByItself) check.finds(silentSince(after, victim.instanceId, deadMs));
      check.atLeast('requests after it', after.length, 150);
      check.finds(noFailure(control.operations.filter(({ kind }) => kind === edgeLivez.name)));
      check.note(`${victim.servedBy} served ${found.tookMs} ms after the load began`);
      check.note(
        `dropped after ${droppedMs} ms; ${met.length} of ${after.length} requests met it, ${lost} unsafe ones failed`,
      );
    } finally {
      await Promise.all(loads.map((load) => load.stop()));
      // One that lives has nothing to come back from, and waiting for it would hide why it was not killed.
      if (killed) await driver.heal(victim);
    }
  },
};
