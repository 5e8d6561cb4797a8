import { request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { request as undici } from 'undici';
import { openDiscovery, originOf } from '@nestfleet/discovery';
import { ask } from './fleet/ask.ts';
import { startGateway } from './fleet/gateway.ts';
import { type ReplicaProcess, startReplicaProcess } from './fleet/replica-process.ts';

const alive = new Set<ReplicaProcess>();
afterEach(async () => {
  for (const each of alive) await each.kill();
  alive.clear();
});

/** Bursts after one kill each; together they are 3,000 requests. */
const BURSTS = Array.from({ length: 30 }, () => [10, 30, 60]).flat();

async function start(): Promise<ReplicaProcess> {
  const replica = await startReplicaProcess();
  alive.add(replica);
  return replica;
}

/** @returns what it had done */
async function killOne(): Promise<string[]> {
  const [victim] = alive;
  const done = await victim!.done();
  alive.delete(victim!);
  await victim!.kill();
  return done;
}

/** @returns the status, or what went wrong */
function upgrade(port: number, id: string): Promise<string> {
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'x', 'x-id': id };
  return new Promise((resolve) => {
    request({ port, host: '127.0.0.1', path: '/api/chat', headers, agent: false })
      .on('upgrade', (_answer, socket) => {
        socket.destroy();
        resolve('101');
      })
      .on('response', (answer) => {
        answer.resume();
        resolve(String(answer.statusCode));
      })
      .on('error', (error) => resolve(error.message))
      .end();
  });
}

const send: readonly ((port: number, id: string) => Promise<string>)[] = [
  async (port, id) => String((await ask(port, '/api/whoami', { headers: { 'x-id': id } })).status),
  async (port, id) => {
    const options = { method: 'POST', headers: { 'x-id': id }, body: '{}' };
    return String((await ask(port, '/api/counters/a', options)).status);
  },
  upgrade,
];

describe('requests that begin after a replica was killed', () => {
  it('fail none of 3,000, GET, POST or upgrade, and none is done twice', async () => {
    const ends = new Map<string, number>();
    const done: string[] = [];
    for (const [at, size] of BURSTS.entries()) {
      while (alive.size < 3) await start();
      const gateway = await startGateway([...alive].map(({ address }) => address));
      try {
        await Promise.all(Array.from({ length: 12 }, (_, n) => send[0]!(gateway.port, `warm ${at} ${n}`)));
        done.push(...(await killOne()));
        // Nothing was sent to the killed one, so its share of the requests needs no budget.
        while (gateway.retryBudget.take());
        const burst = Array.from({ length: size }, (_, n) => send[n % send.length]!(gateway.port, `${at} ${n}`));
        for (const end of await Promise.all(burst)) ends.set(end, (ends.get(end) ?? 0) + 1);
      } finally {
        await gateway.close();
      }
    }
    for (const each of alive) done.push(...(await each.done()));
    expect([...ends.keys()].toSorted()).toEqual(['101', '200']);
    expect([...ends.values()].reduce((sum, count) => sum + count)).toBe(3_000);
    expect(done).toHaveLength(new Set(done).size);
  }, 120_000);

  it('fail none of 3,000 by a call of the library either, GET or POST', async () => {
    const done: string[] = [];
    const ends: number[] = [];
    for (const [at, size] of BURSTS.entries()) {
      while (alive.size < 3) await start();
      const discovery = openDiscovery({ kind: 'fixed', services: { api: [...alive].map(({ address }) => address) } });
      const api = discovery.upstreams.of('api');
      await api.ready();
      const call = (id: string, method: 'GET' | 'POST'): Promise<number> =>
        api.call(
          async (instance, signal) => {
            const answer = await undici(`${originOf(instance)}/x`, { method, headers: { 'x-id': id }, signal });
            await answer.body.dump();
            return answer.statusCode;
          },
          { deadlineMs: 10_000, attempts: 3 },
        );
      await Promise.all(Array.from({ length: 12 }, (_, n) => call(`call, warm ${at} ${n}`, 'GET')));
      done.push(...(await killOne()));
      while (api.retries.take());
      const burst = Array.from({ length: size }, (_, n) => call(`call ${at} ${n}`, n % 2 === 0 ? 'GET' : 'POST'));
      ends.push(...(await Promise.all(burst)));
      discovery.close();
    }
    for (const each of alive) done.push(...(await each.done()));
    expect([ends.length, new Set(ends)]).toEqual([3_000, new Set([200])]);
    expect(done).toHaveLength(new Set(done).size);
  }, 120_000);
});
