import { bounded } from '../checkers/finding.ts';
import { storeFault } from './store-fault.ts';

/** An order to kill needs a command of `make`. */
const KILLED_WITHIN_MS = 2_000;
/** What `everysec` may leave unwritten, but for the time between two looks at the file. */
const UNSYNCED_MS = 1_900;

export const powerLoss = storeFault({
  name: 'redis-power-loss',
  fault:
    'kill -9 of Redis, and the end of its file is cut off by what it wrote in its last 1.9 s; appendfsync everysec',
  engines: ['local'],
  tier: 'core',
  fsync: 'everysec',
  isStrict: false,
  lostWithinMs: 2_000,
  leastDownMs: 0,
  recoveredWithinMs: 2_000,
  watchedMs: 4_000,
  after: 'its start',
  inject: async ({ driver, expect, note, nowMs }) => {
    const cutBytes = await driver.servers.losePower(UNSYNCED_MS);
    const downMs = nowMs();
    // Without a loss this shows no more than a kill.
    expect(bounded('bytes that are cut off', cutBytes, { least: 1 }));
    note(`${cutBytes} bytes cut off`);
    await driver.servers.start('redis');
    const backMs = nowMs();
    return { orderedMs: downMs - KILLED_WITHIN_MS, downMs, upMs: downMs, backMs };
  },
});
