import { HEALTH_PATHS } from '@nestfleet/contracts';
import { bounded, finding } from '../checkers/finding.ts';
import { completedShutdown } from '../checkers/shutdown.ts';
import { hintedBy, endOnlyWithHint, withoutGap } from '../checkers/streams.ts';
import { startEventClient } from '../load/event-client.ts';
import { openIdleConnections } from '../load/idle-connections.ts';
import { ENGINES } from '../driver/fleet-options.ts';
import type { Scenario } from '../runner/scenario.ts';
import { until } from '../client/until.ts';

const CLIENTS = 100;
/** With the clients below CLIENT_CONNECTIONS_MAX, of more than which the api closes idle ones. */
const IDLE = 800;
/** Longer than the scenario; one every 100 ms. */
const STREAM = '/api/diagnostics/stream?events=10000&interval_ms=100';
/** Drain delay 3 s at most, 10 s in flight, 3 s to close. */
const ENDED_WITHIN_MS = 16_000;
/** A hint says 2 s at most. */
const BACK_WITHIN_MS = 10_000;

export const streams: Scenario = {
  name: 'streams',
  fault: 'the one api that all streams come from shuts down, then every gateway behind the edge proxy is replaced',
  load: `${CLIENTS} clients of events through the edge proxy, ${IDLE} idle connections to that api`,
  invariant: 'all are gone in time; every client comes back and goes on behind its last event, none is cut',
  bound: '0 gaps, 0 cut, 0 reset; gone within 16 s, back within 10 s',
  engines: ENGINES,
  tier: 'quick',
  run: async ({ driver, edge, expect, note, keep, nowMs }) => {
    await driver.scale('api', 1);
    const [victim] = await driver.ready('api');
    if (!victim) throw new Error('there is no api');
    const clients = Array.from({ length: CLIENTS }, () => startEventClient(edge, STREAM, nowMs));
    const histories = clients.map(({ history }) => history);
    /** Everybody has an open stream and got this many events since. */
    const flowing = async (what: string): Promise<number> => {
      const had = histories.map(({ ids }) => ids.length);
      const goesOn = (): boolean =>
        histories.every(
          ({ ids, connections }, at) => connections.at(-1)?.end === 'open' && ids.length > (had[at] ?? 0) + 1,
        );
      return (await until(what, goesOn, BACK_WITHIN_MS)).tookMs;
    };
    try {
      await flowing('all streams flow');
      await driver.scale('api', 3);
      const origin = driver.origin(victim);
      const idle = origin === undefined ? undefined : await openIdleConnections(origin, HEALTH_PATHS.live, IDLE);
      if (idle) expect(bounded('idle connections that it has to close', idle.open, { least: IDLE }));
      const sinceMs = nowMs();
      await driver.stop(victim);
      const tookMs = nowMs() - sinceMs;
      expect(bounded('ms until the api had ended', tookMs, { most: ENDED_WITHIN_MS }));
      if (idle) {
        await until('its idle connections are closed here too', () => idle.open === 0, BACK_WITHIN_MS);
        expect(finding('idle connections were closed in order', idle.faults));
        idle.close();
      }
      const backMs = await flowing('all streams flow again');
      expect(bounded('streams that it ended with a hint', hintedBy(histories, victim.servedBy), { least: CLIENTS }));
      expect(completedShutdown(await driver.events('api', sinceMs), victim.servedBy));
      await driver.heal(victim);
      note(`${CLIENTS} streams and ${idle ? IDLE : 0} idle connections gone after ${Math.round(tookMs)} ms`);
      note(`all streams flowed again ${backMs} ms after that`);

      if ((await driver.ready('frontend-gateway')).length > 1) {
        const before = histories.reduce((sum, { connections }) => sum + connections.length, 0);
        await driver.roll('frontend-gateway');
        await flowing('all streams flow after the gateways were replaced');
        const after = histories.reduce((sum, { connections }) => sum + connections.length, 0);
        note(`${after - before} came back while the gateways were replaced`);
      }
      expect(withoutGap(histories));
      expect(endOnlyWithHint(histories));
    } finally {
      for (const client of clients) client.stop();
      keep(
        histories.flatMap(({ connections }) => connections.map(({ atMs, ...rest }) => ({ invokedMs: atMs, ...rest }))),
      );
    }
  },
};
