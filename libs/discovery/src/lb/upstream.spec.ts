import { describe, expect, it } from '@jest/globals';
import { roundRobin } from './balancers/round-robin.ts';
import type { Catalog, Snapshot } from '../catalog.ts';
import { DiscoveryError } from '../errors.ts';
import { fixedCatalog, type FixedCatalog } from '../fixed/catalog.ts';
import { benchInstance } from '../../test/catalog-conformance.ts';
import type { Attempt } from './call.ts';
import { openUpstream } from './upstream.ts';

const [one, two] = ['127.0.0.1:1', '127.0.0.1:2'] as const;

function open(catalog: Catalog = fixedCatalog({ api: [one, two] })) {
  const stop = new AbortController();
  const upstream = openUpstream({
    service: 'api',
    catalog,
    balancer: roundRobin(() => 0),
    signal: stop.signal,
    random: () => 0,
  });
  return { upstream, stop };
}

async function caught(work: Promise<unknown>): Promise<DiscoveryError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DiscoveryError)) throw new Error(`expected a DiscoveryError, got ${String(error)}`);
  return error;
}

/** Fails so many times, then answers with the port that it was given. */
function failing(times: number): { attempt: Attempt<number>; ports: number[] } {
  const ports: number[] = [];
  return {
    ports,
    attempt: ({ port }) => {
      ports.push(port);
      return ports.length <= times ? Promise.reject(new Error(`refused by ${port}`)) : Promise.resolve(port);
    },
  };
}

const never: Attempt<never> = () => new Promise(() => undefined);

/** A catalog that has not answered yet. */
const silent: Catalog = {
  watch: (_, signal) => ({
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve({ done: true, value: undefined }))),
    }),
  }),
};

describe('pick', () => {
  it('counts what is in flight, and a release only once', async () => {
    const { upstream } = open(fixedCatalog({ api: [one] }));
    await upstream.ready();
    const seen: number[] = [];
    const counting = openUpstream({
      service: 'api',
      catalog: fixedCatalog({ api: [one] }),
      balancer: {
        pick(candidates) {
          seen.push(candidates[0]?.inFlight ?? -1);
          return candidates[0];
        },
      },
      signal: new AbortController().signal,
    });
    await counting.ready();
    const [first, second] = [counting.pick(), counting.pick()];
    first?.release('ok');
    first?.release('error');
    counting.pick();
    second?.release('ok');
    counting.pick();
    expect(seen).toEqual([0, 1, 1, 1]);
  });

  it('gives nothing before the first answer, when all are excluded and when all leave', async () => {
    const source = fixedCatalog({ api: [one] });
    const { upstream } = open(source);
    expect(upstream.pick()).toBeUndefined();
    await upstream.ready();
    expect(upstream.pick({ exclude: new Set([`api-${one}`]) })).toBeUndefined();
    source.put('api', [{ address: '127.0.0.1', port: 1, health: 'maintenance' }]);
    await new Promise(setImmediate);
    expect(upstream.pick()).toBeUndefined();
    expect(upstream.instances().instances).toHaveLength(1);
  });
});

describe('call', () => {
  it('answers with the first attempt when it works', async () => {
    const { attempt, ports } = failing(0);
    await expect(open().upstream.call(attempt, { deadlineMs: 1_000, attempts: 3 })).resolves.toBe(1);
    expect(ports).toEqual([1]);
  });

  it('tries another instance after a failure', async () => {
    const { attempt, ports } = failing(1);
    await expect(open().upstream.call(attempt, { deadlineMs: 1_000, attempts: 3 })).resolves.toBe(2);
    expect(ports).toEqual([1, 2]);
  });

  it('never asks one instance twice, and keeps the error of each attempt', async () => {
    const { attempt, ports } = failing(9);
    const error = await caught(open().upstream.call(attempt, { deadlineMs: 1_000, attempts: 3 }));
    expect(error.code).toBe('attempts_exhausted');
    expect(error.message).toContain('refused by 1');
    expect(error.attempts).toEqual([
      { instanceId: `api-${one}`, outcome: 'error', error: new Error('refused by 1') },
      { instanceId: `api-${two}`, outcome: 'error', error: new Error('refused by 2') },
    ]);
    expect(ports).toEqual([1, 2]);
  });

  it.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [9, 3],
  ])('makes, given %d attempts, %d of them', async (attempts, expected) => {
    const { attempt, ports } = failing(9);
    const five = fixedCatalog({ api: [1, 2, 3, 4, 5].map((port) => `127.0.0.1:${port}`) });
    await caught(open(five).upstream.call(attempt, { deadlineMs: 1_000, attempts }));
    expect(ports).toHaveLength(expected);
  });

  it('throws an answer that is not retryable as it is, at once', async () => {
    const { attempt, ports } = failing(9);
    const call = open().upstream.call(attempt, { deadlineMs: 1_000, attempts: 5, retryable: () => false });
    await expect(call).rejects.toThrow('refused by 1');
    expect(ports).toEqual([1]);
  });

  it('ends at the deadline although the attempt does not listen, and says which instance hung', async () => {
    const { upstream } = open();
    let aborted = false;
    const deaf: Attempt<never> = (_, signal) => {
      signal.addEventListener('abort', () => (aborted = true));
      return new Promise(() => undefined);
    };
    const error = await caught(upstream.call(deaf, { deadlineMs: 1_000, attempts: 3 }));
    expect([error.code, error.attempts.map(({ instanceId }) => instanceId), aborted]).toEqual([
      'deadline_exceeded',
      [`api-${one}`],
      true,
    ]);
  });

  it('ends with the reason of the caller', async () => {
    const call = open().upstream.call(never, {
      deadlineMs: 60_000,
      attempts: 1,
      signal: AbortSignal.abort(new Error('gone')),
    });
    await expect(call).rejects.toThrow('gone');
  });

  it('waits for the first answer of the catalog, but not past the deadline', async () => {
    const error = await caught(open(silent).upstream.call(never, { deadlineMs: 20, attempts: 1 }));
    expect(error.code).toBe('deadline_exceeded');
  });

  it('says why there is no instance where the catalog is at fault', async () => {
    const fault = new DiscoveryError('catalog_unavailable', 'unreachable');
    const unreachable: Catalog = {
      async *watch() {
        yield await Promise.resolve<Snapshot>({ instances: [], asOfMs: 0, error: fault });
      },
    };
    const error = await caught(open(unreachable).upstream.call(never, { deadlineMs: 1_000, attempts: 1 }));
    expect([error.code, error.cause, error.attempts]).toEqual(['no_instance', fault, []]);
  });

  it('still sends to the last good set while the catalog is unreachable', async () => {
    const good: Snapshot = { instances: [{ ...benchInstance(1), service: 'api', port: 1 }], asOfMs: 1 };
    const unreachable: Catalog = {
      async *watch(_, signal) {
        yield good;
        yield { ...good, error: new DiscoveryError('catalog_unavailable', 'unreachable') };
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    };
    const { upstream } = open(unreachable);
    await upstream.ready();
    await new Promise(setImmediate);
    expect(upstream.instances().error?.code).toBe('catalog_unavailable');
    await expect(upstream.call(failing(0).attempt, { deadlineMs: 1_000, attempts: 1 })).resolves.toBe(1);
  });
});

describe('closing', () => {
  it('rejects those that wait', async () => {
    const source: FixedCatalog = fixedCatalog({ api: [one] });
    const { upstream, stop } = open(source);
    const calling = caught(upstream.call(never, { deadlineMs: 60_000, attempts: 1 }));
    await upstream.ready();
    stop.abort();
    expect((await calling).code).toBe('closed');
    const other = open(silent);
    const waiting = caught(other.upstream.ready());
    other.stop.abort();
    expect((await waiting).code).toBe('closed');
  });
});
