import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { REQUEST_BUFFER_BYTES } from '../src/proxy/request-buffer.ts';
import { ask, until } from './fleet/ask.ts';
import { load } from './fleet/load.ts';
import { opened } from './fleet/opened.ts';
import { echo, refusingAddress } from './fleet/replica.ts';

const { replica: startReplica, gateway: startGateway } = opened();

const silent = (name: string) => startReplica(name, () => undefined);
const resetting = (name: string) => startReplica(name, (req) => void req.socket.resetAndDestroy());
/** The gateway runs in this process: it stands still, with an answer in its socket and a timer that is due. */
const stall = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_300);
const keyed = { method: 'POST', headers: { 'idempotency-key': 'k' } };

describe('a replica that takes a request and never answers', () => {
  const settings = { UPSTREAM_ATTEMPT_MS: '1000', UPSTREAM_DEADLINE_MS: '4000', UPSTREAM_BALANCER: 'round-robin' };

  it('costs a safe request the time of one attempt, and then another replica answers', async () => {
    const [hanging, well] = [await silent('api-1'), await startReplica('api-2', echo)];
    const gateway = await startGateway([hanging, well], settings);
    const replies = await load(gateway.port, '/api/whoami', { perSecond: 50, forMs: 80 });
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    expect(hanging.seen.length).toBeGreaterThan(0);
    const waited = replies.map(({ tookMs }) => tookMs).filter((tookMs) => tookMs >= 999);
    expect(waited.length).toBeGreaterThanOrEqual(hanging.seen.length);
    expect(gateway.releases.filter((outcome) => outcome === 'timeout')).toHaveLength(hanging.seen.length);
    await until(() => hanging.connections.every((connection) => connection.destroyed));
  });

  it('is waited for to the end by a request that may not be sent again, and counts as timed out', async () => {
    const [hanging, well] = [await silent('api-1'), await startReplica('api-2', echo)];
    const gateway = await startGateway([hanging, well], settings);
    const replies = await load(gateway.port, '/api/', { perSecond: 50, forMs: 80 });
    const late = replies.filter(({ status }) => status === 504);
    expect(late).toHaveLength(2);
    expect(Math.min(...late.map(({ tookMs }) => tookMs))).toBeGreaterThan(3_950);
    expect(hanging.seen.length + well.seen.length).toBe(4);
    expect(gateway.releases).toEqual(['ok', 'ok', 'timeout', 'timeout']);
  });

  it('is waited for to the end where no other one is left', async () => {
    const hanging = await silent('api-1');
    const gateway = await startGateway([hanging], settings);
    const { status, body } = await ask(gateway.port, '/api/whoami');
    expect([status, JSON.parse(body)]).toEqual([504, expect.objectContaining({ code: 'upstream_timeout' })]);
    expect(hanging.seen).toHaveLength(1);
  });

  it('may still answer after its time, while the request waits on', async () => {
    const held: ServerResponse[] = [];
    const slow = await startReplica('api-1', (_req, res) => void held.push(res));
    const gateway = await startGateway([slow], { ...settings, UPSTREAM_DEADLINE_MS: '20000' });
    const asking = ask(gateway.port, '/api/whoami');
    await until(() => gateway.uses[0]?.outcome === 'timeout', 20_000);
    held[0]?.end('late');
    expect(await asking).toMatchObject({ status: 200, body: 'late' });
    expect(gateway.releases).toEqual(['timeout']);
  });

  it('never gets a begun body sent to another one that is larger than the buffer, a key for it or not', async () => {
    const replicas = [await startReplica('api-1', (req) => void req.resume()), await silent('api-2')];
    const gateway = await startGateway(replicas, settings);
    const body = Buffer.alloc(REQUEST_BUFFER_BYTES + 1);
    expect((await ask(gateway.port, '/api/jobs', { ...keyed, body })).status).toBe(504);
    expect(replicas.flatMap(({ seen }) => seen)).toHaveLength(1);
    // Without a body there is nothing that could be missing.
    expect((await ask(gateway.port, '/api/jobs', keyed)).status).toBe(504);
    expect(replicas.flatMap(({ seen }) => seen)).toHaveLength(3);
  });

  it.each(['content-length', 'chunked'])('gets a buffered body sent to another one: %s', async (framing) => {
    const silentOne = await startReplica('api-1', (req) => void req.resume());
    const gateway = await startGateway([silentOne, await startReplica('api-2', echo)], settings);
    const headers = { ...keyed.headers, ...(framing === 'chunked' ? { 'transfer-encoding': 'chunked' } : {}) };
    for (const body of ['{"a":1}', 'x'.repeat(REQUEST_BUFFER_BYTES), '']) {
      const replies = await Promise.all([1, 2].map(() => ask(gateway.port, '/api/jobs', { ...keyed, headers, body })));
      expect(replies.map(({ status }) => status)).toEqual([200, 200]);
      for (const reply of replies) expect(JSON.parse(reply.body)).toMatchObject({ body });
    }
    expect(silentOne.seen.length).toBeGreaterThan(0);
  });

  it('says nothing of the replica when its caller waits less than any replica is given', async () => {
    const gateway = await startGateway([await silent('api-1')], settings);
    expect((await ask(gateway.port, '/api/whoami', { headers: { 'x-deadline-ms': '200' } })).status).toBe(504);
    expect(gateway.releases).toEqual(['unknown']);
  });

  it('is not blamed for a stall of the gateway itself', async () => {
    const prompt = await startReplica('api-1', (_req, res) => void res.end('ok', stall));
    const gateway = await startGateway([prompt], settings);
    expect((await ask(gateway.port, '/api/whoami')).status).toBe(200);
    expect(gateway.releases).toEqual(['ok']);
  });

  it('releases its pick when the client disconnects, at whatever moment', async () => {
    const gateway = await startGateway([await resetting('api-1'), await silent('api-2')], settings);
    for (const waitMs of [5, 20, 80, 240, 1_010, 1_030, 1_200]) {
      const client = connect(gateway.port, '127.0.0.1');
      client.write('GET /api/whoami HTTP/1.1\r\nhost: x\r\n\r\n');
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      client.destroy();
    }
    await until(() => gateway.lifecycle.inFlight === 0);
    expect(gateway.releases).toHaveLength(gateway.picks.length);
  });
});

describe('a request that is retried on another host', () => {
  it('is never sent to the same replica twice, though it might be tried once more', async () => {
    const replicas = [await resetting('api-1'), await resetting('api-2')];
    const gateway = await startGateway(replicas);
    expect((await ask(gateway.port, '/api/whoami')).status).toBe(502);
    expect(replicas.map(({ seen }) => seen.length)).toEqual([1, 1]);
    expect(gateway.releases).toEqual(['refused', 'refused']);
  });

  it('finds the healthy one also when probes of the others have used the budget up', async () => {
    const [one, two] = [await refusingAddress(), await refusingAddress()];
    const gateway = await startGateway([one, two, await startReplica('api-3', echo)], {
      UPSTREAM_BALANCER: 'round-robin',
    });
    const statuses: number[] = [];
    const askOnce = async () => statuses.push((await ask(gateway.port, '/api/')).status);
    for (let i = 0; i < 3; i += 1) await askOnce();
    // Both are tried again by the next two requests, which with the first two makes one retry more than the budget has.
    await until(() => gateway.members().filter(({ why, ejectedForMs }) => why && ejectedForMs === 0).length === 2);
    for (let i = 0; i < 2; i += 1) await askOnce();
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    expect(gateway.releases.filter((outcome) => outcome === 'refused')).toHaveLength(4);
  });

  it('tells each replica how much time is left', async () => {
    const told: { leftMs: number; atMs: number }[] = [];
    const tells = (name: string) =>
      startReplica(name, (req) => {
        told.push({ leftMs: Number(req.headers['x-deadline-ms']), atMs: performance.now() });
      });
    const replicas = await Promise.all(['api-1', 'api-2', 'api-3'].map(tells));
    const gateway = await startGateway(replicas, { UPSTREAM_ATTEMPT_MS: '1000', UPSTREAM_DEADLINE_MS: '6000' });
    const startMs = performance.now();
    expect((await ask(gateway.port, '/api/whoami')).status).toBe(504);
    const [first = 0, second = 0, third = 0] = told.map(({ leftMs }) => leftMs);
    expect(told).toHaveLength(3);
    expect(first).toBeLessThanOrEqual(6_000);
    expect(second).toBeLessThanOrEqual(5_001);
    expect(third).toBeLessThanOrEqual(second - 999);
    // Never less than there is: what has passed until it arrived is all that may be missing.
    for (const { leftMs, atMs } of told) expect(leftMs).toBeGreaterThanOrEqual(5_999 - (atMs - startMs));
  });
});

describe('a full outage', () => {
  it.each(['resetting', 'refusing'])('does not become a storm: %s replicas', async (how) => {
    const replicas = await Promise.all(['api-1', 'api-2', 'api-3'].map(resetting));
    if (how === 'refusing') for (const replica of replicas) await replica.close();
    const gateway = await startGateway(replicas);
    const replies = await load(gateway.port, '/api/whoami', { perSecond: 100, forMs: 2_000 });
    const attempts = gateway.uses.filter(({ outcome }) => outcome === 'refused').length;
    // Where nobody is well a retry helps nobody: only the few that a budget always has, again after its window of 9 to 10 s.
    const spanMs = gateway.uses.at(-1)!.pickedMs - gateway.uses[0]!.pickedMs;
    expect(attempts).toBeGreaterThanOrEqual(replies.length + 3);
    // What was refused costs nothing as long as others seem healthy: of the first few requests.
    const freeMax = how === 'refusing' ? 6 : 0;
    expect(attempts).toBeLessThanOrEqual(replies.length + freeMax + 3 * (1 + Math.floor(spanMs / 9_000)));
    // The replicas' own count: a refused connection never gets that far.
    expect(replicas.flatMap(({ seen }) => seen)).toHaveLength(how === 'resetting' ? attempts : 0);
    const codes = new Set(replies.map(({ code }) => code));
    codes.delete('upstream_failed');
    expect([...codes]).toEqual(['retry_budget_empty']);
  });
});
