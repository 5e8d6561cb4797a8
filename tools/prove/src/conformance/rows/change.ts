import { Agent } from 'node:http';
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
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
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
    check.note(`${fresh.outcomes.length} + ${kept.outcomes.length} requests, 0 lost`);
  },
};

/** A request met the dead replica: it failed, or it was answered by another one after a wait that is not usual here. */
const harmed = (outcomes: readonly Outcome[], slowMs: number): Outcome[] =>
  outcomes.filter(({ answer }) => !answer || answer.status >= 400 || answer.tookMs > slowMs);

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
    const loads = [safe, unsafe] as const;
    try {
      await until('the victim serves', () => loads.every((load) => servedSince(load, 0).has(victim.servedBy)), 20_000);
      await sleep(2_000);
      const dead = safe.outcomes.filter((each) => servedBy(each) === victim.servedBy).map(instanceOf);
      const usualMs = Math.max(...loads.flatMap((load) => load.outcomes.map(({ answer }) => answer?.tookMs ?? 0)));
      const slowMs = Math.max(400, usualMs * 2);
      const killedAtMs = performance.now();
      const from = loads.map((load) => load.outcomes.length);
      await driver.kill(victim);
      const deadAtMs = performance.now();
      await sleep(6_000);
      await Promise.all(loads.map((load) => load.stop()));
      const after = loads.map((load, at) => load.outcomes.slice(from[at]));
      const hurt = loads.flatMap((load, at) => harmed(after[at] ?? [], slowMs).map((each) => load.startMs + each.atMs));
      // From the order to kill on: the moment of death itself is not to be seen from outside.
      const droppedMs = hurt.length === 0 ? 0 : Math.round(Math.max(...hurt) - killedAtMs);
      check.atMost(
        'last request that met the dead replica, ms after the kill',
        droppedMs,
        2_000 + (deadAtMs - killedAtMs),
      );
      check.equal('safe requests that failed', shown(failures(after[0] ?? [])), []);
      const lost = failures(after[1] ?? []);
      check.atMost('unsafe requests that failed, which nobody may send again', lost.length, 15);
      const late = loads.flatMap((load, at) =>
        (after[at] ?? []).filter((each) => load.startMs + each.atMs > deadAtMs && dead.includes(instanceOf(each))),
      );
      check.equal('answers of the victim to requests sent after its death', late.length, 0);
      check.atLeast('requests after it', after.flat().length, 150);
      check.note(
        `dropped after ${droppedMs} ms; ${hurt.length} of ${after.flat().length} requests met it, ${lost.length} unsafe ones failed`,
      );
    } finally {
      await Promise.all(loads.map((load) => load.stop()));
      await driver.heal(victim);
    }
  },
};
