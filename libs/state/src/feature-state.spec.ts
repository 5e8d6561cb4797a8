import { describe, expect, it } from '@jest/globals';
import { featureState } from './feature-state.ts';
import type { State } from './state.ts';
import { openMemoryState } from './testing/memory-state.ts';

const response = { status: 200, headers: {}, body: 'done' };

/** Each uses the name `x` of what it is given; the answer tells whether somebody has used it before. */
const uses: [string, (state: State) => Promise<unknown>][] = [
  ['a counter', ({ counters }) => counters.add('x')],
  ['a windowed counter', async ({ counters }) => (await counters.addWithin('x', { windowMs: 31_536_000_000 })).count],
  ['a value', async ({ values }) => (await values.put('x', 'v')).created],
  ['a rate limit', async ({ limits }) => (await limits.take('x', { count: 5, periodMs: 86_400_000 })).remaining],
  [
    'several rate limits',
    async ({ limits }) =>
      (await limits.takeAll([{ key: 'x', rate: { count: 5, periodMs: 86_400_000 } }]))[0]?.remaining,
  ],
  [
    'an idempotency key',
    async ({ idempotency }) => {
      const begun = await idempotency.begin('x', 'f');
      if (begun.kind === 'mine') await idempotency.finish(begun.claim, response);
      return begun.kind;
    },
  ],
];

const hold = <T>(of: State, work: () => Promise<T>) => of.leases.hold('x', { ttlMs: 60_000 }, work);

describe('the state of a feature', () => {
  it.each(uses)('%s of one feature is not that of another one, nor of the whole', async (_what, use) => {
    const state = openMemoryState();
    const views = [state, featureState(state, 'billing'), featureState(state, 'stock')];
    const first = await Promise.all(views.map(use));
    expect(new Set(first).size).toBe(1);
    const again = await use(views[1]!);
    expect(again).not.toEqual(first[1]);
  });

  it('refunds what it took itself', async () => {
    const { limits } = featureState(openMemoryState(), 'billing');
    const take = { key: 'x', rate: { count: 5, periodMs: 86_400_000 } };
    await limits.refund([take], await limits.takeAll([take]));
    expect((await limits.take(take.key, take.rate)).remaining).toBe(4);
  });

  it('holds a lease of its own, beside others of the name', async () => {
    const state = openMemoryState();
    const [billing, stock] = [featureState(state, 'billing'), featureState(state, 'stock')];
    await hold(billing, () => hold(stock, () => hold(state, async () => undefined)));
    await expect(hold(billing, () => hold(billing, async () => undefined))).rejects.toMatchObject({
      code: 'lease_held',
    });
  });

  it('shows values by the feature’s names, and those of no other', async () => {
    const state = openMemoryState();
    const { values } = featureState(state, 'billing');
    await featureState(state, 'stock').values.put('color', 'blue');
    expect(await values.put('color', 'red')).toMatchObject({ key: 'color', value: 'red' });
    expect(await values.get('color')).toMatchObject({ key: 'color', value: 'red' });
    expect((await values.list()).keys).toEqual(['color']);
    expect((await values.list({ prefix: 'd' })).keys).toEqual([]);
    expect((await state.values.list()).keys.toSorted()).toEqual(['billing:color', 'stock:color']);
    expect(await values.remove('color')).toBe(true);
    expect(await values.get('color')).toBeUndefined();
  });

  it('shares sessions and the global count, and closes nothing', async () => {
    let isClosed = false;
    const state: State = { ...openMemoryState(), close: async () => void (isClosed = true) };
    const billing = featureState(state, 'billing');
    const { id } = await billing.sessions.open();
    expect(await state.sessions.find(id)).toBeDefined();
    await billing.counters.addGlobal();
    expect(await state.counters.readGlobal()).toBe(1);
    await billing.close();
    expect(isClosed).toBe(false);
  });

  it.each(['', 'a:b', 'a b', 'x'.repeat(33)])('cannot have the name %j', (feature) => {
    expect(() => featureState(openMemoryState(), feature)).toThrow(expect.objectContaining({ code: 'invalid_key' }));
  });
});
