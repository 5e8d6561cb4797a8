import { bounded, finding } from '../checkers/finding.ts';
import { answeredWithin, noFailure } from '../checkers/outcomes.ts';
import { formatDurations } from '../checkers/traffic.ts';
import { mixed } from '../load/requests.ts';
import type { Scenario } from '../runner/scenario.ts';

/** More than the gateways have connections to one replica, and less than one of them takes from clients. */
const CLIENTS = 700;
/** All of them together are less than the gateway buffers for one address. */
const BODY = Buffer.alloc(1_000, 'x');
/** Within the grace period of a body. */
const SENT_OVER_MS = [8_000, 9_000] as const;
const ANSWERED_WITHIN_MS = 5_000;

const messageOf = (error: Error): string => error.message;

export const slowClients: Scenario = {
  name: 'slow-clients',
  fault: `${CLIENTS} clients take 8 to 9 s for a body of ${BODY.length} bytes, all at once, with one api replica`,
  load: 'requests of all kinds, over new and kept connections',
  invariant: 'nobody waits for them, and they are served as well',
  bound: '0 failed, answers within 5 s',
  engines: ['local', 'docker'],
  tier: 'quick',
  run: async ({ driver, edge, random, rate, load, expect, note }) => {
    await driver.scale('api', 1);
    const running = await load({ perSecond: rate(50), mix: mixed });
    const slow = Array.from({ length: CLIENTS }, async () => {
      const headers = { 'content-type': 'application/octet-stream' };
      const sendOverMs = SENT_OVER_MS[0] + random.below(SENT_OVER_MS[1] - SENT_OVER_MS[0]);
      const options = { method: 'POST', headers, body: BODY, sendOverMs, timeoutMs: 2 * SENT_OVER_MS[1] };
      return edge.ask('/api/diagnostics/bytes', options).then(({ status }) => String(status), messageOf);
    });
    const ends = await Promise.all(slow);
    const operations = await running.stop();
    const bad = ends.filter((end) => end !== '200');
    expect(finding(`each of ${CLIENTS} slow clients is served`, bad));
    expect(noFailure(operations));
    expect(answeredWithin(operations, ANSWERED_WITHIN_MS));
    expect(bounded('requests beside them', operations.length, { least: 50 }));
    note(formatDurations(operations));
  },
};
