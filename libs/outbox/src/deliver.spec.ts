import { describe, expect, it } from '@jest/globals';
import { type Delivery, deliver } from './deliver.ts';

type Mark = (token: string, id: string) => Promise<boolean>;

function deliveryOf(marks: Partial<Record<'markSent' | 'markFailed' | 'release', Mark>> = {}) {
  const calls: string[] = [];
  const closing = new AbortController();
  const called =
    (name: string, mark: Mark = async () => true): Mark =>
    (...args) => {
      calls.push(name);
      return mark(...args);
    };
  const delivery: Delivery = {
    store: {
      markSent: called('markSent', marks.markSent),
      markFailed: called('markFailed', marks.markFailed),
      release: called('release', marks.release),
    },
    send: async () => void calls.push('send'),
    sendTimeoutMs: 1_000,
    backOff: { baseMs: 1, capMs: 1 },
    row: { id: 'a', topic: 't', json: '1', key: undefined, failures: 1, ageMs: 0 },
    token: 'x',
    leaseEndsMs: performance.now() + 10_000,
    closing: closing.signal,
  };
  return { delivery, calls, closing };
}

describe('deliver', () => {
  it('sends and marks', async () => {
    const { delivery, calls } = deliveryOf();
    expect(await deliver(delivery)).toEqual({ outcome: 'sent', failures: 1 });
    expect(calls).toEqual(['send', 'markSent']);
  });

  it('sends nothing when the lease may end before the send does', async () => {
    const { delivery, calls } = deliveryOf();
    expect(await deliver({ ...delivery, leaseEndsMs: performance.now() + 999 })).toMatchObject({ outcome: 'released' });
    expect(calls).toEqual(['release']);
  });

  it('sends nothing once the relay closes', async () => {
    const { delivery, calls, closing } = deliveryOf();
    closing.abort();
    expect(await deliver(delivery)).toMatchObject({ outcome: 'released' });
    expect(calls).toEqual(['release']);
  });

  it('marks again what the store did not take', async () => {
    let faults = 1;
    const { delivery, calls } = deliveryOf({
      markSent: async () => {
        if (faults-- > 0) throw new Error('away');
        return true;
      },
    });
    expect(await deliver(delivery)).toMatchObject({ outcome: 'sent' });
    expect(calls).toEqual(['send', 'markSent', 'markSent']);
  });

  it('is unconfirmed where the store does not take it while the lease lasts', async () => {
    const { delivery } = deliveryOf({ markSent: () => Promise.reject(new Error('away')) });
    const end = deliver({ ...delivery, sendTimeoutMs: 1, leaseEndsMs: performance.now() + 20 });
    expect(await end).toMatchObject({ outcome: 'unconfirmed', error: new Error('away') });
  });

  it('is unconfirmed where the store does not answer while the lease lasts', async () => {
    const { delivery } = deliveryOf({ markSent: () => new Promise(() => {}) });
    const end = deliver({ ...delivery, sendTimeoutMs: 1, leaseEndsMs: performance.now() + 200 });
    expect(await end).toMatchObject({ outcome: 'unconfirmed', error: { name: 'DeadlineError' } });
  });

  it('is unconfirmed where the row is another’s meanwhile', async () => {
    const { delivery } = deliveryOf({ markSent: async () => false });
    expect(await deliver(delivery)).toMatchObject({ outcome: 'unconfirmed', failures: 1 });
  });

  it('counts a failure', async () => {
    const { delivery, calls } = deliveryOf();
    const failing = deliver({ ...delivery, send: () => Promise.reject(new Error('no')) });
    expect(await failing).toMatchObject({ outcome: 'failed', failures: 2 });
    expect(calls).toEqual(['markFailed']);
  });

  it.each([Object.create(null), Object.assign(new Error(), { message: 5n })])(
    'counts a failure that has no words, case %#',
    async (thrown) => {
      const { delivery } = deliveryOf();
      expect(await deliver({ ...delivery, send: () => Promise.reject(thrown) })).toMatchObject({ outcome: 'failed' });
    },
  );

  it('holds a row for as long as a send is deaf to its signal', async () => {
    const { delivery, calls } = deliveryOf();
    const deaf = Promise.withResolvers<void>();
    const signals: AbortSignal[] = [];
    const end = deliver({
      ...delivery,
      sendTimeoutMs: 5,
      send: (_row, signal) => {
        signals.push(signal);
        signal.addEventListener('abort', () => setImmediate(deaf.resolve));
        return deaf.promise;
      },
    });
    // It was sent after all.
    expect(await end).toMatchObject({ outcome: 'sent' });
    expect(signals[0]?.aborted).toBe(true);
    expect(calls).toEqual(['markSent']);
  });
});
