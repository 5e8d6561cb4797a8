import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RedisConnection, connectRedis, luaScript } from '@nestfleet/redis';
import { LUA } from '../src/lua.generated.ts';
import { type Marks, taken, takeWithin } from '../src/limits/sliding-window.ts';
import { limitSteps } from './limit-steps.ts';
import { COMMAND_TIMEOUT_MS, describeWith, ownNamespace } from './servers.ts';

/**
 * The script as it is, but with the time of the table in place of that of Redis, by which its keys would expire while the
 * table's clock stands still.
 */
const PATCHES = [
  ["redis.call('TIME')", '{ ARGV[#ARGV - 1], ARGV[#ARGV] }'],
  ['math.ceil(leaves(limit, limit.start) / 1000)', '600000'],
] as const;
const atTableTime = PATCHES.reduce((text, [from, to]) => text.replace(from, to), LUA['take-limits'] as string);

describeWith('REDIS_URL', 'the script of limits', () => {
  let redis: RedisConnection;
  beforeAll(async () => {
    redis = connectRedis({
      url: process.env['REDIS_URL'] ?? '',
      namespace: ownNamespace(),
      commandTimeoutMs: COMMAND_TIMEOUT_MS,
    });
    await redis.ready();
  });
  afterAll(() => redis?.close());

  it.each([7, 20, 1_234])('answers what the algorithm answers, seed %i', async (seed) => {
    for (const [from] of PATCHES) expect(LUA['take-limits'].split(from)).toHaveLength(2);
    const script = luaScript('take-limits-at', atTableTime);
    const prefix = `${ownNamespace()}:{r}:quota:`;
    const kept = new Map<string, Marks>();
    for (const { nowUs, takes } of limitSteps(seed, 1_500)) {
      const keys = takes.map(({ key }) => prefix + key);
      const args = takes.flatMap(({ rate, cost }) => [rate.count, rate.widthUs, rate.span, cost]);
      const clock = [Math.floor(nowUs / 1_000_000), nowUs % 1_000_000];
      const reply = await script.run(redis.client, keys, [...args, ...clock]);
      const [scriptNowUs, ...rest] = reply as number[];
      expect(scriptNowUs).toBe(nowUs);
      const answers = takeWithin(
        nowUs,
        takes.map(({ key, rate, cost }) => ({ rate, cost, marks: kept.get(key) ?? new Map() })),
      );
      const told = takes.map(({ rate }, at) => {
        const [used, resetUs, waitUs] = rest.slice(3 * at) as [number, number, number];
        return taken({ rate, used, resetUs, waitUs });
      });
      expect(answers).toMatchObject(told);
      for (const [at, { key }] of takes.entries()) kept.set(key, answers[at]!.marks);
    }
    await redis.client.del(...['a', 'b', 'c'].map((key) => prefix + key));
  });
});
