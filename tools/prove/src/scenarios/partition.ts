import { setTimeout as sleep } from 'node:timers/promises';
import { netNamespaceObstacle } from '@nestfleet/discovery/testing';
import { connectRedis } from '@nestfleet/redis';
import { until } from '../client/until.ts';
import { storeFault } from './store-fault.ts';

/** Long enough for the Sentinels to make the replica the next primary. */
const CUT_MS = 8_000;
const REFUSES_WITHIN_MS = 10_000;
const SWITCHED_WITHIN_MS = 30_000;

export const partition = storeFault({
  name: 'redis-partition',
  fault:
    'the primary and all its clients are cut off from replicas and Sentinels for 8 s, by a network namespace; ' +
    'min-replicas-to-write 1, min-replicas-max-lag 1',
  engines: ['local'],
  tier: 'core',
  isBehindSentinels: true,
  isInTwoNetworks: true,
  obstacle: netNamespaceObstacle,
  isStrict: false,
  // The lag is counted in whole seconds, once a second, and the replica reports once a second.
  lostWithinMs: 4_000,
  leastDownMs: 0,
  // Those who missed the word of the Sentinels are told when TCP sends it again, or when the old primary is made a replica.
  recoveredWithinMs: 20_000,
  watchedMs: 22_000,
  after: 'the end of the partition',
  inject: async ({ sentinels, network, note, nowMs }) => {
    if (!sentinels || !network) throw new Error('Redis is not in two networks');
    const old = await sentinels.primary();
    const orderedMs = nowMs();
    await network.swallow();
    let downMs = orderedMs;
    try {
      await refusesWrites(old.url);
      downMs = nowMs();
      await sleep(Math.max(0, orderedMs + CUT_MS - downMs));
    } finally {
      await network.release();
    }
    const upMs = nowMs();
    const isAnother = async () => (await sentinels.primary()) !== old;
    await until('the Sentinels name another one', isAnother, SWITCHED_WITHIN_MS);
    const backMs = nowMs();
    note(`refuses writes ${Math.round(downMs - orderedMs)} ms after it was cut off`);
    return { orderedMs, downMs, upMs, backMs };
  },
});

/** Asked past the Sentinels, whom nobody reaches. */
async function refusesWrites(url: string): Promise<void> {
  const redis = connectRedis({ url, namespace: 'prove' });
  try {
    await redis.ready();
    const isRefused = () =>
      redis
        .run((client) => client.set('{prove}:partition', '1'))
        .then(
          () => false,
          () => true,
        );
    await until('the primary that is alone refuses writes', isRefused, REFUSES_WITHIN_MS);
  } finally {
    await redis.close();
  }
}
