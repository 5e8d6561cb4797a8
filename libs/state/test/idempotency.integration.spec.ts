import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type RedisServer, startRedisServer, until } from '@nestfleet/redis/testing';
import { type IdempotencyToken, type State, openState, withStateBudget } from '../src/index.ts';
import { describeWith, ownNamespace } from './servers.ts';

const response = { status: 200, headers: {}, body: 'done' };

describeWith('NESTFLEET_REDIS_SERVER', 'idempotency over a Redis that hangs', () => {
  let server: RedisServer;
  let state: State;
  beforeEach(async () => {
    server = await startRedisServer();
    state = openState({ redisUrl: server.url, namespace: ownNamespace() });
    await state.ready();
    // A script that Redis has not seen yet would be sent twice, and a hang fall between.
    await state.idempotency.abandon(await mine('warm'));
  });
  afterEach(async () => {
    await state.close();
    await server.stop();
  });

  async function mine(scope: string): Promise<IdempotencyToken> {
    const begun = await state.idempotency.begin(scope, 'f');
    if (begun.kind !== 'mine') throw new Error(`it is ${begun.kind}`);
    return begun.token;
  }
  const goOn = async (): Promise<void> => {
    process.kill(server.pid, 'SIGCONT');
    await until(async () => (await state.ping()) > 0, 5_000);
  };

  it('has begun nothing, and whoever tries again need not wait for the end of a lease', async () => {
    process.kill(server.pid, 'SIGSTOP');
    const begun = withStateBudget(300, () => state.idempotency.begin('k', 'f'));
    await expect(begun).rejects.toMatchObject({ code: 'state_unavailable' });
    await goOn();
    expect((await state.idempotency.begin('k', 'f')).kind).toBe('mine');
  });

  it('keeps an answer that was sent before the hang was over, or none, and never half of one', async () => {
    const token = await mine('k');
    process.kill(server.pid, 'SIGSTOP');
    await expect(state.idempotency.finish(token, response)).rejects.toMatchObject({ code: 'state_unavailable' });
    await goOn();
    expect(await state.idempotency.begin('k', 'f')).toEqual({ kind: 'done', response });
  });
});
