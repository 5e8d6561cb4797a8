import { describe, expect, it } from '@jest/globals';
import { silentLog } from '../log.ts';
import { Refusal, type ConsulAnswer } from './agent.ts';
import { createPinnedClient } from './pinned-client.ts';

const request = { path: '/v1/x', timeoutMs: 1_000 };

/** Agents that answer or fail as the test says, each request taking `tookMs`. */
function agents(addresses: readonly string[]) {
  const state = { nowMs: 0, tookMs: 0 };
  const faults = new Map<string, Error>();
  const asked: string[] = [];
  const client = createPinnedClient({
    addresses,
    async ask(address): Promise<ConsulAnswer> {
      asked.push(address);
      state.nowMs += state.tookMs;
      const fault = faults.get(address);
      if (fault) throw fault;
      return { status: 200, index: 0, body: undefined, address };
    },
    log: silentLog,
    nowMs: () => state.nowMs,
  });
  const outcome = (): Promise<string> =>
    client.request(request).then(
      ({ address }) => address,
      (error: { code: string }) => error.code,
    );
  return { state, faults, asked, client, outcome };
}

describe('createPinnedClient', () => {
  it('stays with its agent through a hiccup, and moves on when that gave no answer for three seconds', async () => {
    const { state, faults, outcome } = agents(['a', 'b']);
    faults.set('a', new Error('refused'));
    await expect(outcome()).resolves.toBe('catalog_unavailable');
    state.nowMs = 2_999;
    await expect(outcome()).resolves.toBe('catalog_unavailable');
    state.nowMs = 3_000;
    await expect(outcome()).resolves.toBe('b');
  });

  it('does not go back by itself', async () => {
    const { state, faults, outcome } = agents(['a', 'b']);
    faults.set('a', new Error('refused'));
    await outcome();
    state.nowMs = 3_000;
    await outcome();
    faults.clear();
    state.nowMs = 60_000;
    await expect(outcome()).resolves.toBe('b');
  });

  it('begins to count again after every answer, a refusal included', async () => {
    const { state, faults, outcome } = agents(['a', 'b']);
    const down = new Error('refused');
    faults.set('a', down);
    await outcome();
    state.nowMs = 2_500;
    faults.set('a', new Refusal('a answered 403'));
    await expect(outcome()).resolves.toBe('catalog_refused');
    faults.set('a', down);
    state.nowMs = 5_000;
    await expect(outcome()).resolves.toBe('catalog_unavailable');
    state.nowMs = 8_000;
    await expect(outcome()).resolves.toBe('b');
  });

  it('counts from when it began to wait, so that silence is no slower than a refused connection', async () => {
    const { state, faults, asked, outcome } = agents(['a', 'b']);
    state.tookMs = 1_000;
    faults.set('a', new Error('timed out'));
    await outcome();
    await outcome();
    await expect(outcome()).resolves.toBe('b');
    expect(asked).toEqual(['a', 'a', 'a', 'b']);
  });

  it('moves once in a request, so that this ends', async () => {
    const { state, faults, asked, outcome } = agents(['a', 'b', 'c']);
    state.tookMs = 4_000;
    for (const address of ['a', 'b', 'c']) faults.set(address, new Error('timed out'));
    await expect(outcome()).resolves.toBe('catalog_unavailable');
    expect(asked).toEqual(['a', 'b']);
  });

  it('goes round while nobody answers, and has nowhere to go with one address', async () => {
    const { state, faults, asked, outcome } = agents(['a', 'b']);
    for (const address of ['a', 'b']) faults.set(address, new Error('refused'));
    for (let atMs = 0; atMs <= 7_000; atMs += 500) {
      state.nowMs = atMs;
      await outcome();
    }
    expect(asked.join('')).toMatch(/^a+b+a+$/);
    const alone = agents(['a']);
    alone.faults.set('a', new Error('refused'));
    await alone.outcome();
    alone.state.nowMs = 60_000;
    await expect(alone.outcome()).resolves.toBe('catalog_unavailable');
  });

  it('asks all the others, whatever becomes of it', async () => {
    const { faults, asked, client } = agents(['a', 'b', 'c']);
    faults.set('b', new Error('refused'));
    await client.askOthers(request);
    expect(asked).toEqual(['b', 'c']);
  });
});
