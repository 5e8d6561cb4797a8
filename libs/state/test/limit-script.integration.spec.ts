import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RedisConnection, connectRedis, luaScript } from '@nestfleet/redis';
import { LUA } from '../src/lua.generated.ts';
import { taken, takeGcra } from '../src/limits/gcra.ts';
import { limitSteps } from './limit-steps.ts';
import { COMMAND_TIMEOUT_MS, describeWith, ownNamespace } from './servers.ts';

/**
 * The script as it is, but with the time of the table in place of that of Redis, by which its keys would expire while the
 * table's clock stands still.
 */
const PATCHES = [
  ["redis.call('TIME')", '{ ARGV[#ARGV - 1], ARGV[#ARGV] }'],
  ['math.ceil((moments[at] - now) / 1000)', '600000'],
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
    const prefix = `${ownNamespace()}:{r}:limit:`;
    const moments = new Map<string, number>();
    for (const { nowUs, takes } of limitSteps(seed, 1_500)) {
      const keys = takes.map(({ key }) => prefix + key);
      const args = takes.flatMap(({ rate }) => [rate.stepUs, rate.roomUs]);
      const clock = [Math.floor(nowUs / 1_000_000), nowUs % 1_000_000];
      const reply = await script.run(redis.client, keys, [...args, ...clock]);
      const [scriptNowUs, ...rest] = reply as number[];
      expect(scriptNowUs).toBe(nowUs);
      const answers = takeGcra(
        nowUs,
        takes.map(({ key, rate }) => ({ rate, fullUs: moments.get(key) })),
      );
      const told = takes.map(({ rate }, at) =>
        taken({ nowUs, rate, fullUs: rest[2 * at]!, waitUs: rest[2 * at + 1]! }),
      );
      expect(told).toEqual(answers);
      if (!answers.every(({ allowed }) => allowed)) continue;
      for (const [at, { key }] of takes.entries()) moments.set(key, answers[at]!.fullUs);
    }
    await redis.client.del(...['a', 'b', 'c'].map((key) => prefix + key));
  });
});
