import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { type IdempotencyClaim, type State, openState, withStateBudget } from '../src/index.ts';
import { WITHIN_MS, describeWith, ownNamespace } from './servers.ts';

const response = { status: 200, headers: {}, body: 'done' };

describeWith('NESTFLEET_REDIS_SERVER', 'idempotency over a Redis that hangs', () => {
  let server: RedisServer;
  let state: State;
  beforeEach(async () => {
    server = await startRedisServer();
    state = openState({ redisUrl: server.url, namespace: ownNamespace(), commandTimeoutMs: 1_000 });
    await state.ready();
    // A script that Redis has not seen yet would be sent twice, and a hang fall between.
    await state.idempotency.abandon(await mine('warm'));
  });
  afterEach(async () => {
    await state?.close();
    await server?.stop();
  });

  async function mine(scope: string): Promise<IdempotencyClaim> {
    const begun = await state.idempotency.begin(scope, 'f');
    if (begun.kind !== 'mine') throw new Error(`it is ${begun.kind}`);
    return begun.claim;
  }
  const goOn = async (): Promise<void> => {
    process.kill(server.pid, 'SIGCONT');
    await until(async () => (await state.ping()) > 0, WITHIN_MS);
  };

  it('has begun nothing, and whoever tries again need not wait for the end of a lease', async () => {
    process.kill(server.pid, 'SIGSTOP');
    const begun = withStateBudget(300, () => state.idempotency.begin('k', 'f'));
    await expect(begun).rejects.toMatchObject({ code: 'state_unavailable' });
    await goOn();
    expect((await state.idempotency.begin('k', 'f')).kind).toBe('mine');
  });

  const freeWithin2s = (scopes: readonly string[]): Promise<IdempotencyClaim[]> =>
    Promise.all(scopes.map((scope) => until(() => mine(scope), WITHIN_MS)));

  it('frees every key within 2 s of many that were sent together, though the breaker refuses to', async () => {
    const scopes = Array.from({ length: 8 }, (_none, n) => `k${n}`);
    process.kill(server.pid, 'SIGSTOP');
    const begun = await Promise.allSettled(scopes.map((scope) => state.idempotency.begin(scope, 'f')));
    expect(begun.map(({ status }) => status)).toEqual(scopes.map(() => 'rejected'));
    process.kill(server.pid, 'SIGCONT');
    await expect(freeWithin2s(scopes)).resolves.toHaveLength(scopes.length);
  });

  it('frees the keys too whose owners could not say that nothing was done', async () => {
    const scopes = Array.from({ length: 8 }, (_none, n) => `k${n}`);
    const claims = await Promise.all(scopes.map(mine));
    process.kill(server.pid, 'SIGSTOP');
    // Opens the breaker, so that nothing of it is sent.
    await Promise.allSettled([1, 2, 3].map(() => state.values.get('k')));
    const freed = await Promise.allSettled(claims.map((claim) => state.idempotency.abandon(claim)));
    expect(freed.map(({ status }) => status)).toEqual(scopes.map(() => 'rejected'));
    process.kill(server.pid, 'SIGCONT');
    await expect(freeWithin2s(scopes)).resolves.toHaveLength(scopes.length);
  });

  it('keeps an answer that was sent before the hang was over, or none, and never half of one', async () => {
    const claim = await mine('k');
    process.kill(server.pid, 'SIGSTOP');
    await expect(state.idempotency.finish(claim, response)).rejects.toMatchObject({ code: 'state_unavailable' });
    await goOn();
    expect(await state.idempotency.begin('k', 'f')).toEqual({ kind: 'done', response });
  });
});
