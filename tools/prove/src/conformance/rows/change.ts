import { setTimeout as sleep } from 'node:timers/promises';
import type { Visit, Whoami } from '@nestfleet/contracts';
import { CookieJar } from '../../client.ts';
import { type Load, type Outcome, failures, startLoad } from '../../load.ts';
import { until } from '../../until.ts';
import type { Row } from '../row.ts';

const servedBy = ({ answer }: Outcome): string | undefined => answer?.headers['x-served-by']?.toString();
const servedSince = (load: Load, from: number): Set<string> =>
  new Set(load.outcomes.slice(from).flatMap((each) => servedBy(each) ?? []));
/** Which process answered: a replica that is started again in the place of another has its name. */
const instanceOf = ({ answer }: Outcome): string | undefined =>
  answer?.status === 200 ? (JSON.parse(answer.text) as Visit | Whoami).instance_id : undefined;
const shown = (list: readonly string[]): string[] => list.slice(0, 5);

export const scale: Row = {
  name: 'scale',
  shows: '3 → 5 → 2 live under load: none fails, new ones take part within 5 s',
  run: async (check, subject) => {
    const { door } = subject;
    const driver = subject.driver();
    if ((await driver.ready('api')).length !== 3) await driver.scale('api', 3);
    const jar = new CookieJar();
    await door.askAs(jar, '/api/');
    // Both ways in which clients come: a connection for each request, and few that stay.
    const agent = door.keptConnections(4);
    const fresh = startLoad(() => door.askAs(jar, '/api/'), { perSecond: 25, limitMs: 240_000 });
    const kept = startLoad(() => door.ask('/api/whoami', { agent }), { perSecond: 15, limitMs: 240_000 });
    try {
      await driver.scale('api', 5);
      const up = fresh.outcomes.length;
      const five = (await driver.ready('api')).map((each) => each.servedBy).toSorted();
      check.equal('ready after scaling up', five.length, 5);
      const part = await until('all five serve', () => five.every((name) => servedSince(fresh, up).has(name)), 20_000);
      check.atMost('until the new ones took part, ms', part.tookMs, 5_000);

      await driver.scale('api', 2);
      const down = fresh.outcomes.length;
      const two = (await driver.ready('api')).map((each) => each.servedBy).toSorted();
      check.equal('ready after scaling down', two.length, 2);
      await until('forty more answers', () => fresh.outcomes.length >= down + 40, 20_000);
      check.equal('those that serve then', [...servedSince(fresh, down)].toSorted(), two);
      check.note(`new ones took part after ${part.tookMs} ms`);
    } finally {
      await Promise.all([fresh.stop(), kept.stop()]);
      agent.destroy();
      await driver.scale('api', 3);
    }
    check.equal('failed over new connections', shown(failures(fresh.outcomes)), []);
    check.equal('failed over kept connections', shown(failures(kept.outcomes)), []);
    check.atLeast('requests', fresh.outcomes.length + kept.outcomes.length, 200);
    const counts = fresh.outcomes.flatMap(({ answer }) =>
      answer?.status === 200 ? (JSON.parse(answer.text) as Visit).session_count : [],
    );
    check.equal(
      'the session counted each once',
      counts.toSorted((a, b) => a - b).every((count, at) => count === at + 2),
      true,
    );
    const lost = failures(fresh.outcomes).length + failures(kept.outcomes).length;
    check.note(`${fresh.outcomes.length} + ${kept.outcomes.length} requests, ${lost} lost`);
  },
};

/** How long requests took that nothing had happened to: what the machine itself was slow at is no sign of a dead replica. */
function slownessAt(control: Load, atMs: number): number {
  const near = control.outcomes.filter((each) => Math.abs(control.startMs + each.atMs - atMs) < 1_000);
  return Math.max(0, ...near.map(({ answer }) => answer?.tookMs ?? 0));
}

/** When requests were sent that met the dead replica: they failed, or another one answered them after a wait. */
function harmedAt(load: Load, from: number, control: Load): number[] {
  return load.outcomes.slice(from).flatMap(({ atMs, answer }) => {
    const sentMs = load.startMs + atMs;
    const slowMs = Math.max(SLOW_MS, 3 * slownessAt(control, sentMs));
    return !answer || answer.status >= 400 || answer.tookMs > slowMs ? [sentMs] : [];
  });
}

/** Shorter than any door waits for a connection to a replica. */
const SLOW_MS = 350;
const WATCHED_MS = 6_000;

export const kill: Row = {
  name: 'kill',
  shows: 'a replica is killed: dropped within 2 s, no safe request fails',
  run: async (check, subject) => {
    const { door } = subject;
    const driver = subject.driver();
    const [victim] = await driver.ready('api');
    if (!victim) throw new Error('no api replica is ready');
    const safe = startLoad(() => door.ask('/api/whoami'), { perSecond: 30, limitMs: 60_000 });
    const unsafe = startLoad(() => door.ask('/api/'), { perSecond: 15, limitMs: 60_000 });
    const control = startLoad(() => door.ask('/livez'), { perSecond: 10, limitMs: 60_000 });
    const loads = [safe, unsafe, control] as const;
    try {
      await until(
        'the victim serves',
        () => [safe, unsafe].every((load) => servedSince(load, 0).has(victim.servedBy)),
        20_000,
      );
      const dead = safe.outcomes.filter((each) => servedBy(each) === victim.servedBy).map(instanceOf);
      const [fromSafe, fromUnsafe] = [safe.outcomes.length, unsafe.outcomes.length];
      const orderedMs = performance.now();
      await driver.kill(victim);
      const deadMs = performance.now();
      await sleep(WATCHED_MS);
      await Promise.all(loads.map((load) => load.stop()));

      const harmed = [...harmedAt(safe, fromSafe, control), ...harmedAt(unsafe, fromUnsafe, control)];
      // The moment of death is somewhere between the order and its end.
      const droppedMs = harmed.length === 0 ? 0 : Math.round(Math.max(...harmed) - orderedMs);
      const most = Math.round(2_000 + deadMs - orderedMs);
      check.atMost('last request that met the dead replica, ms after the kill', droppedMs, most);
      check.equal('safe requests that failed', shown(failures(safe.outcomes.slice(fromSafe))), []);
      const lost = failures(unsafe.outcomes.slice(fromUnsafe));
      check.atMost('unsafe requests that failed, which nobody may send again', lost.length, 15);
      const late = [safe, unsafe].flatMap((load) =>
        load.outcomes.filter((each) => load.startMs + each.atMs > deadMs && dead.includes(instanceOf(each))),
      );
      check.equal('answers of the victim to requests sent after its death', late.length, 0);
      const sent = safe.outcomes.length + unsafe.outcomes.length - fromSafe - fromUnsafe;
      check.atLeast('requests after it', sent, 150);
      check.equal('failed at the door itself', shown(failures(control.outcomes)), []);
      check.note(
        `dropped after ${droppedMs} ms; ${harmed.length} of ${sent} requests met it, ${lost.length} unsafe ones failed`,
      );
    } finally {
      await Promise.all(loads.map((load) => load.stop()));
      await driver.heal(victim);
    }
  },
};
