import { setTimeout as sleep } from 'node:timers/promises';
import { bounded, finding } from '../checkers/finding.ts';
import { answeredWithin, noFailure } from '../checkers/outcomes.ts';
import { formatDurations } from '../checkers/traffic.ts';
import type { Ask } from '../client/http-client.ts';
import { mixed } from '../load/requests.ts';
import { ENGINES } from '../driver/fleet-options.ts';
import type { Scenario } from '../runner/scenario.ts';

/** More than the gateways have connections to one replica, which has fewer places still. */
const SMALL = 600;
/** Less than a gateway has streams to one replica; with the small ones, than it takes from clients. */
const LARGE = 240;
const CLIENTS = SMALL + LARGE;
/** All of them together are less than the gateway buffers for one address. */
const SMALL_BODY = Buffer.alloc(500, 'x');
/** A gateway buffers 64 KiB and streams what is longer: as soon as it has them, it holds nothing of them. */
const LARGE_AT_ONCE = 66_000;
const LARGE_BODY = Buffer.alloc(LARGE_AT_ONCE + 5_000, 'x');
/** The large ones begin one after the other: until it has 64 KiB of each, a gateway counts them for their address. */
const LARGE_EVERY_MS = 15;
/** Where clients can choose their addresses, so many are used. */
const ADDRESSES = 100;
/** Within the grace period of a body. */
const SENT_OVER_MS = [8_000, 9_000] as const;
const ANSWERED_WITHIN_MS = 5_000;

const messageOf = (error: Error): string => error.message;

export const slowClients: Scenario = {
  name: 'slow-clients',
  fault: `${CLIENTS} clients take 8 to 9 s for a body, ${LARGE} of them for the end of one of ${LARGE_BODY.length} bytes, with one api replica`,
  load: 'requests of all kinds, over new and kept connections',
  invariant: 'nobody waits for them, and they are served as well',
  bound: '0 failed, answers within 5 s',
  engines: ENGINES,
  tier: 'quick',
  run: async ({ driver, edge, random, rate, load, expect, note }) => {
    await driver.scale('api', 1);
    const running = await load({ perSecond: rate(50), mix: mixed });
    const send = async (more: Pick<Ask, 'body' | 'sendAtOnce' | 'localAddress'>): Promise<string> => {
      const headers = { 'content-type': 'application/octet-stream' };
      const sendOverMs = SENT_OVER_MS[0] + random.below(SENT_OVER_MS[1] - SENT_OVER_MS[0]);
      const options = { method: 'POST', headers, sendOverMs, timeoutMs: 2 * SENT_OVER_MS[1], ...more };
      return edge.ask('/api/diagnostics/bytes', options).then(({ status }) => String(status), messageOf);
    };
    const small = Array.from({ length: SMALL }, () => send({ body: SMALL_BODY }));
    const large = Array.from({ length: LARGE }, async (_, index) => {
      const from = driver.strangerAddress === undefined ? {} : { localAddress: `127.0.1.${1 + (index % ADDRESSES)}` };
      await sleep(index * LARGE_EVERY_MS);
      return send({ body: LARGE_BODY, sendAtOnce: LARGE_AT_ONCE, ...from });
    });
    const ends = await Promise.all([...small, ...large]);
    const operations = await running.stop();
    const bad = ends.filter((end) => end !== '200');
    expect(finding(`each of ${CLIENTS} slow clients is served`, bad));
    expect(noFailure(operations));
    expect(answeredWithin(operations, ANSWERED_WITHIN_MS));
    expect(bounded('requests beside them', operations.length, { least: 50 }));
    note(formatDurations(operations));
  },
};
