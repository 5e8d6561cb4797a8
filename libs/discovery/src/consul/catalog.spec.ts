import { describe, expect, it, jest } from '@jest/globals';
import type { Snapshot } from '../catalog.ts';
import { DiscoveryError } from '../errors.ts';
import { consulCatalog, nextIndex } from './catalog.ts';
import type { ConsulAnswer, ConsulClient, ConsulRequest } from './client.ts';

type Step = { index: number; ids?: string[]; body?: unknown; address?: string } | Error;

const entry = (id: string) => ({
  Service: { ID: id, Service: 'api', Address: '127.0.0.1', Port: 1, Tags: [], Meta: {} },
  Checks: [],
});

/** A client that answers with these steps, then holds every query until it is aborted. */
function scripted(steps: readonly Step[]) {
  const asked: ConsulRequest[] = [];
  const client: ConsulClient = {
    async request(request): Promise<ConsulAnswer> {
      const step = steps[asked.length];
      asked.push(request);
      if (step === undefined) {
        await new Promise((resolve) => request.signal?.addEventListener('abort', resolve));
        throw new Error('aborted');
      }
      if (step instanceof Error) throw step;
      const { index, ids = [], body = ids.map(entry), address = 'http://a:1' } = step;
      return { status: 200, index, body, address };
    },
  };
  return { asked, client };
}

/** Runs a watch until the steps are used up and the next query hangs. */
async function watched(steps: readonly Step[]) {
  const { asked, client } = scripted(steps);
  const stop = new AbortController();
  const seen: Snapshot[] = [];
  let clockMs = 0;
  const nowMs = () => (clockMs += 1_000);
  const catalog = consulCatalog({ client, random: () => 0, nowMs });
  const reading = (async () => {
    for await (const snapshot of catalog.watch('a/b', stop.signal)) seen.push(snapshot);
  })();
  while (asked.length <= steps.length) await new Promise(setImmediate);
  stop.abort();
  await reading;
  return { seen, asked, indexes: asked.map(({ query }) => query?.['index'] ?? 'plain') };
}

describe('consulCatalog', () => {
  it('begins with a plain query, then waits on the index', async () => {
    const { asked, indexes, seen } = await watched([{ index: 7, ids: ['a'] }, { index: 9 }]);
    expect(indexes).toEqual(['plain', '7', '9']);
    expect(asked[1]).toMatchObject({ path: '/v1/health/service/a%2Fb', query: { stale: '', wait: '55000ms' } });
    expect(seen.map(({ instances }) => instances.map(({ id }) => id))).toEqual([['a'], []]);
  });

  it('gives a waiting query more time than Consul may hold it, in whole milliseconds', async () => {
    const { asked } = await watched([{ index: 7 }]);
    const timeoutMs = asked[1]?.timeoutMs ?? 0;
    expect(timeoutMs).toBeGreaterThan(55_000 * (1 + 1 / 16));
    expect(Number.isInteger(timeoutMs)).toBe(true);
  });

  it('asks plainly after the index went back', async () => {
    expect((await watched([{ index: 70 }, { index: 3 }, { index: 5 }])).indexes).toEqual(['plain', '70', 'plain', '5']);
  });

  it('waits on an index only with the agent that gave it', async () => {
    const fault = new DiscoveryError('catalog_unavailable', 'unreachable');
    const { asked, indexes } = await watched([{ index: 70 }, fault, { index: 8, address: 'http://b:2' }]);
    expect(indexes).toEqual(['plain', '70', 'plain', '8']);
    expect(asked.map(({ address }) => address)).toEqual([undefined, 'http://a:1', undefined, 'http://b:2']);
  });

  it('keeps the last good set through faults, tells the first of them only, and then asks plainly', async () => {
    const fault = new DiscoveryError('catalog_unavailable', 'unreachable');
    const { indexes, seen } = await watched([{ index: 7, ids: ['a'] }, fault, fault, { index: 8, ids: ['b'] }]);
    expect(indexes).toEqual(['plain', '7', 'plain', 'plain', '8']);
    expect(seen).toMatchObject([
      { instances: [{ id: 'a' }] },
      { instances: [{ id: 'a' }], error: { code: 'catalog_unavailable' } },
      { instances: [{ id: 'b' }] },
    ]);
    expect(seen[1]?.asOfMs).toBe(seen[0]?.asOfMs);
    expect(seen[2]?.error).toBeUndefined();
  });

  it('takes an answer that makes no sense for a fault, not for an empty set', async () => {
    const { seen } = await watched([
      { index: 7, ids: ['a'] },
      { index: 8, body: { error: 'rate limited' } },
    ]);
    expect(seen.at(-1)).toMatchObject({ instances: [{ id: 'a' }], error: { code: 'catalog_unavailable' } });
  });

  it('ends at once when it is aborted while it rests', async () => {
    const { client } = scripted([{ index: 0 }]);
    const stop = new AbortController();
    const reader = consulCatalog({ client }).watch('api', stop.signal)[Symbol.asyncIterator]();
    await reader.next();
    const resting = reader.next();
    await new Promise(setImmediate);
    const ended = jest.fn();
    void resting.then(ended);
    stop.abort();
    // One turn, and no time: whoever rests on would not be heard of in it.
    await new Promise(setImmediate);
    expect(ended).toHaveBeenCalledWith({ done: true, value: undefined });
  });
});

describe('nextIndex', () => {
  it.each([
    [0, 7, 7],
    [7, 7, 7],
    [7, 9, 9],
    [9, 7, 0],
    [9, 0, 0],
    [0, 0, 0],
  ])('after %d an answer with %d waits on %d', (waitedOn, answered, next) => {
    expect(nextIndex(waitedOn, answered)).toBe(next);
  });
});
