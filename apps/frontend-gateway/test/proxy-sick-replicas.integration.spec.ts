import { describe, expect, it } from '@jest/globals';
import { load } from './fleet/load.ts';
import { opened } from './fleet/opened.ts';
import { startReplica as startFake } from './fleet/replica.ts';

const { replica: startReplica, gateway: startGateway } = opened();

/** Answers after a while, so that there is always something in flight. */
const working = (name: string, tookMs = 15) =>
  startReplica(name, (_req, res) => void setTimeout(() => res.end('ok'), tookMs));

describe('a replica that dies under load', () => {
  it.each([
    ['fails no request that may be sent again', '/api/whoami', true],
    ['fails only what it had been sent, of all others', '/api/', false],
  ])('%s', async (_what, path, mayBeSentAgain) => {
    const replicas = [await working('api-1'), await working('api-2')];
    let inFlight = 0;
    let taken = 0;
    const isBusy = Promise.withResolvers<void>();
    const dying = await startFake('api-3', (_req, res) => {
      inFlight += 1;
      taken += 1;
      if (taken > 10) isBusy.resolve();
      res.once('close', () => (inFlight -= 1));
      setTimeout(() => res.end('ok'), 15);
    });
    const gateway = await startGateway([...replicas, dying]);
    const running = load(gateway.port, path, { perSecond: 120, forMs: 1_500 });
    // By the replica's own word, and at once: where the machine stalls, somebody who looks now and then sees none in flight.
    await isBusy.promise;
    const inFlightThen = inFlight;
    await dying.close();
    const replies = await running;
    const failed = replies.filter(({ status }) => status !== 200);
    expect(failed.length).toBeLessThanOrEqual(mayBeSentAgain ? 0 : inFlightThen);

    const uses = gateway.uses.filter(({ address }) => address === dying.address);
    const endsOf = (word: string) => uses.filter(({ outcome }) => outcome === word).map(({ endedMs = 0 }) => endedMs);
    // An answer that was already in its socket takes the ejection back; the first refusal after the last answer stays.
    const lastOkMs = Math.max(...endsOf('ok'));
    const ejectedMs = Math.min(...endsOf('refused').filter((endedMs) => endedMs > lastOkMs));
    expect(ejectedMs).toBeLessThan(Infinity);
    // It is ejected for a second at least, and then tried again.
    expect(uses.filter(({ pickedMs }) => pickedMs > ejectedMs && pickedMs < ejectedMs + 999)).toEqual([]);
  });
});

describe('a replica that answers 503 in a moment', () => {
  it('does not attract the traffic that it answers so fast', async () => {
    const replicas = [await working('api-1'), await working('api-2')];
    const failing = await startReplica('api-3', (_req, res) => void res.writeHead(503).end());
    const gateway = await startGateway([...replicas, failing]);
    const replies = await load(gateway.port, '/api/', { perSecond: 120, forMs: 2_000 });
    const errors = replies.filter(({ status }) => status === 503).length;
    expect(errors).toBe(failing.seen.length);
    expect(errors / replies.length).toBeLessThan(0.1);
  });
});

describe('a replica that hangs', () => {
  it('is soon left alone: three that waited in vain are enough', async () => {
    const replicas = [await working('api-1'), await working('api-2')];
    const hanging = await startReplica('api-3', () => undefined);
    const gateway = await startGateway([...replicas, hanging], {
      UPSTREAM_ATTEMPT_MS: '1000',
      UPSTREAM_DEADLINE_MS: '5000',
    });
    const replies = await load(gateway.port, '/api/whoami', { perSecond: 60, forMs: 3_000 });
    expect(replies.filter(({ status }) => status !== 200)).toEqual([]);
    const met = gateway.uses.filter(({ address }) => address === hanging.address);
    const thirdMs = met.map(({ endedMs }) => endedMs ?? Infinity).toSorted((a, b) => a - b)[2]!;
    expect(met.filter(({ pickedMs }) => pickedMs > thirdMs)).toEqual([]);
    expect(met.length).toBeLessThan(0.15 * replies.length);
  });
});
