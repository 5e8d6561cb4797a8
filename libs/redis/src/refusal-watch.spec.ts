import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Redis } from 'ioredis';
import { redisFault, replyError } from './faults.ts';
import { ReconnectPace } from './reconnect-pace.ts';
import { RefusalWatch } from './refusal-watch.ts';

const full = replyError('OOM command not allowed');
const readonly = replyError("READONLY You can't write against a read only replica.");
const denied = replyError("NOPERM this user has no permissions to run the 'hset' command");

function watching() {
  const lines: unknown[] = [];
  let [fault, nowMs, probes]: [Error | undefined, number, number] = [undefined, 0, 0];
  const reconnected: Redis[] = [];
  const note = (fields: object) => void lines.push(fields);
  const watch = new RefusalWatch({
    log: { info: note, warn: note },
    probe: async () => {
      probes += 1;
      if (fault !== undefined) throw new Error('refused', { cause: fault });
    },
    reconnect: (redis) => void reconnected.push(redis),
    pace: new ReconnectPace(),
    random: () => 0.5,
    nowMs: () => nowMs,
  });
  return {
    watch,
    lines,
    probes: () => probes,
    reconnected,
    told: (error: Error, redis?: Redis) => watch.refused(redisFault(error)!, redis),
    answers: (error?: Error) => void (fault = error),
    pass: async (ms: number) => {
      nowMs += ms;
      await jest.advanceTimersByTimeAsync(ms);
    },
  };
}

describe('RefusalWatch', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('tells the beginning and the end, and probes in between with pauses', async () => {
    const { watch, lines, probes, told, answers, pass } = watching();
    answers(full);
    for (let n = 0; n < 9; n += 1) told(full);
    expect(watch.refusal).toBe('OOM: the memory of Redis is full');
    await pass(15_000);
    expect(probes()).toBe(10);
    answers();
    await pass(1_500);
    expect(watch.refusal).toBeUndefined();
    await pass(15_000);
    expect(probes()).toBe(11);
    const words = 'OOM: the memory of Redis is full';
    expect(lines).toEqual([
      { event: 'redis.refuses', fault: words },
      { event: 'redis.accepts', fault: words },
    ]);
  });

  it.each([
    ['and asks again and again', true],
    ['and asks for nothing meanwhile', false],
  ])('replaces every socket behind a replica, also one that sees others through %s', async (_what, asksAgain) => {
    const { lines, told, answers, pass, reconnected } = watching();
    const sockets = Array.from({ length: 4 }, () => ({ stream: {}, status: 'ready' }) as unknown as Redis);
    answers(readonly);
    for (const socket of sockets) told(readonly, socket);
    await pass(1_500);
    expect(reconnected).toEqual(sockets.slice(0, 1));
    answers();
    for (let second = 0; second < 8; second += 1) {
      for (const socket of sockets) if (asksAgain && !reconnected.includes(socket)) told(readonly, socket);
      await pass(1_000);
    }
    expect(reconnected).toEqual(sockets);
    expect(lines).toHaveLength(2);
  });

  it('begins again where a probe is refused soon after the end', async () => {
    const { watch, lines, told, answers, pass } = watching();
    const socket = { stream: {}, status: 'ready' } as unknown as Redis;
    told(readonly);
    await pass(1_500);
    answers(readonly);
    told(readonly, socket);
    expect(watch.refusal).toBeUndefined();
    await pass(1_500);
    expect(watch.refusal).toMatch(/^READONLY/);
    expect(lines).toHaveLength(3);
    watch.close();
  });

  it('shows what is refused now, where that is another thing', async () => {
    const { watch, lines, told, answers, pass } = watching();
    told(full);
    answers(replyError('NOREPLICAS Not enough good replicas to write.'));
    await pass(1_500);
    expect(watch.refusal).toMatch(/^NOREPLICAS/);
    expect(lines).toHaveLength(1);
    watch.close();
  });

  it('keeps a permission that is lacking for 30 s, because no probe asks for it', async () => {
    const { watch, told, pass } = watching();
    told(denied);
    await pass(20_000);
    told(denied);
    await pass(29_000);
    expect(watch.refusal).toMatch(/^NOPERM/);
    await pass(3_000);
    expect(watch.refusal).toBeUndefined();
  });

  it('is not begun by faults that say nothing of the server, nor once closed', async () => {
    const { watch, lines, probes, told, pass } = watching();
    told(replyError('NOSCRIPT No matching script.'));
    told(replyError('CLUSTERDOWN The cluster is down'));
    told(new Error('Connection is closed.'));
    watch.close();
    told(full);
    await pass(5_000);
    expect([lines, probes()]).toEqual([[], 0]);
  });
});
