import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Redis } from 'ioredis';
import { memoryReport, MemoryWatch } from './memory-watch.ts';

const MIB = 1_048_576;
const info = (usedMib: number, maxMib = 100, more = '') =>
  `# Memory\r\nused_memory:${usedMib * MIB}\r\nmaxmemory:${maxMib * MIB}\r\nmaxmemory_policy:noeviction\r\n${more}`;

function watching() {
  const lines: unknown[] = [];
  const node = { status: 'ready' } as Redis;
  let [told, looks, nowMs]: [Promise<string>, number, number] = [Promise.resolve(info(0)), 0, 10_000];
  const note = (fields: object) => void lines.push(fields);
  const watch = new MemoryWatch({
    log: { info: note, warn: note },
    nowMs: () => nowMs,
    infoOf: () => {
      looks += 1;
      return told;
    },
  });
  return {
    watch,
    node,
    lines,
    looks: () => looks,
    told: (reply: string | Promise<string> | Error) => {
      told = reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply);
      told.catch(() => undefined);
    },
    pass: async (ms: number) => {
      nowMs += ms;
      await jest.advanceTimersByTimeAsync(ms);
    },
    fits: (mib: number, upTo = 0.85) => watch.hasRoom(node, mib * MIB, upTo),
  };
}

describe('memoryReport', () => {
  it('is what is used of what may be, without the buffers that do not count', () =>
    expect(memoryReport(info(90, 100, `mem_not_counted_for_evict:${10 * MIB}\r\n`))).toEqual({
      usedBytes: 80 * MIB,
      maxBytes: 100 * MIB,
    }));

  it.each([
    ['without maxmemory', info(90, 0)],
    ['that evicts', info(90).replace('noeviction', 'allkeys-lru')],
    ['that says nothing', ''],
  ])('has no bound for a server %s', (_what, reply) => expect(memoryReport(reply).maxBytes).toBeUndefined());
});

describe('MemoryWatch', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('has room up to the share that is asked for, and none beyond', async () => {
    const { watch, node, told, fits } = watching();
    told(info(84));
    await watch.lowOf([node]);
    expect([fits(2), fits(2, 0.75), fits(1), fits(1)]).toEqual([false, false, true, false]);
  });

  it('counts what was granted until it is seen, and no longer', async () => {
    const { watch, node, told, fits, pass } = watching();
    told(info(50));
    await watch.lowOf([node]);
    expect([fits(30), fits(10)]).toEqual([true, false]);
    // It was not written after all.
    await pass(1_000);
    await watch.lowOf([node]);
    expect(fits(10)).toBe(true);
  });

  it('keeps counting what was granted after it had asked', async () => {
    const { watch, node, told, fits, pass } = watching();
    told(info(50));
    await watch.lowOf([node]);
    await pass(1_000);
    const answer = Promise.withResolvers<string>();
    told(answer.promise);
    const seen = watch.lowOf([node]);
    expect(fits(20)).toBe(true);
    answer.resolve(info(50));
    await seen;
    expect([fits(20), fits(10)]).toEqual([false, true]);
  });

  it('looks once a second while it is asked, sooner behind much that was written, and not at all when nobody asks', async () => {
    const { watch, node, looks, fits, pass } = watching();
    await watch.lowOf([node]);
    for (let n = 0; n < 50; n += 1) fits(0.001);
    expect(looks()).toBe(1);
    await pass(1_000);
    for (let n = 0; n < 50; n += 1) fits(0.001);
    expect(looks()).toBe(2);
    await pass(150);
    for (let n = 0; n < 50; n += 1) fits(0.1);
    expect(looks()).toBe(3);
    await pass(60_000);
    expect(looks()).toBe(3);
  });

  it('has room while nothing is known, and where what was seen is old', async () => {
    const { watch, node, told, fits, pass } = watching();
    told(new Error('NOPERM'));
    expect(fits(1_000)).toBe(true);
    await pass(1_000);
    told(info(99));
    await watch.lowOf([node]);
    expect(fits(1)).toBe(false);
    told(new Error('closed'));
    await pass(6_000);
    expect(fits(1)).toBe(true);
  });

  it('tells low and fine again once each, by itself, with a gap between the two', async () => {
    const { watch, node, lines, looks, told, pass } = watching();
    told(info(76));
    expect(await watch.lowOf([node])).toBe('the memory of Redis is low: 76 % of maxmemory are used');
    told(info(72));
    await pass(3_500);
    told(info(80));
    await pass(1_000);
    expect(await watch.lowOf([node])).toBe('the memory of Redis is low: 80 % of maxmemory are used');
    told(info(69));
    await pass(2_000);
    expect(await watch.lowOf([node])).toBeUndefined();
    expect(lines).toEqual([
      { event: 'redis.memory_low', used_percent: 76 },
      { event: 'redis.memory_fine', used_percent: 69 },
    ]);
    const before = looks();
    await pass(10_000);
    expect(looks()).toBe(before);
  });

  it('is low no more once nothing was seen of it for a while, and says so once', async () => {
    const { watch, node, lines, told, pass } = watching();
    told(info(90));
    await watch.lowOf([node]);
    told(new Error('NOPERM'));
    await pass(4_000);
    expect(await watch.lowOf([node])).toBe('the memory of Redis is low: 90 % of maxmemory are used');
    await pass(4_000);
    expect(await watch.lowOf([node])).toBeUndefined();
    expect(lines).toEqual([{ event: 'redis.memory_low', used_percent: 90 }, { event: 'redis.memory_fine' }]);
  });

  it('is low no more once its server is gone, and says so once', async () => {
    const { watch, node, lines, told, pass } = watching();
    told(info(90));
    await watch.lowOf([node]);
    node.status = 'end';
    await pass(3_000);
    expect(lines).toEqual([{ event: 'redis.memory_low', used_percent: 90 }, { event: 'redis.memory_fine' }]);
    // Low again is told again.
    node.status = 'ready';
    expect(await watch.lowOf([node])).toBe('the memory of Redis is low: 90 % of maxmemory are used');
    expect(lines).toHaveLength(3);
  });

  it('is silent once closed', async () => {
    const { watch, node, lines, looks, told, pass } = watching();
    told(info(90));
    await watch.lowOf([node]);
    watch.close();
    told(info(10));
    await pass(10_000);
    expect([looks(), lines.length, await watch.lowOf([node])]).toEqual([1, 1, undefined]);
  });
});
