import { type RedisSentinels, startRedisSentinels } from '@nestfleet/redis/testing';
import { SERVICE_NAMES } from '@nestfleet/contracts';
import { defaultCounts, findRedisServer } from '../../../fleet/src/programs.ts';
import { oneEntryPerReplica } from '../checkers/catalog.ts';
import { EdgeProxy } from '../client/edge-proxy.ts';
import { type Balancer, type Counts, type Engine, type Fsync, TEST_DOMAIN, bringUp } from '../driver/bring-up.ts';
import type { FleetDriver } from '../driver/fleet-driver.ts';
import { until } from '../client/until.ts';
import { hasOneGateway } from './choose.ts';
import type { Scenario } from './scenario.ts';

const SETTLED_WITHIN_MS = 30_000;
/** A primary that dies leaves one that can follow the next one. */
const WATCHED = { replicas: 2, sentinels: 3, appendonly: true } as const;

export interface RunningFleet {
  readonly driver: FleetDriver;
  readonly edge: EdgeProxy;
  readonly sentinels?: RedisSentinels;
}

/** What a scenario asks of the fleet on which it runs. */
export type Needs = Pick<Scenario, 'counts' | 'fsync' | 'isBehindSentinels'>;

/** The fleet on which scenarios run, one after the other. */
export interface TestFleet {
  /** A fleet of this kind in which nothing is amiss: the one that is there, or a new one in its place. */
  ready(needs?: Needs): Promise<RunningFleet>;
  dispose(): Promise<void>;
}

/** @param appsDir bundles to run, in place of the ones that are built */
export function openTestFleet(engine: Engine, balancer: Balancer, appsDir?: string): TestFleet {
  const gateways = hasOneGateway(engine, balancer) ? 1 : 2;
  const usual: Counts = { api: 3, 'frontend-gateway': gateways, worker: 1 };
  let running: (RunningFleet & { readonly store: string }) | undefined;
  const open = async (counts: Counts, needs: Needs): Promise<RunningFleet> => {
    const { fsync = 'everysec', isBehindSentinels } = needs;
    const sentinels = isBehindSentinels ? await startSentinels(fsync) : undefined;
    try {
      const redisUrl = sentinels?.url;
      const wanted = { purpose: 'scenarios', engine, balancer, counts, tls: false, appsDir, fsync, redisUrl } as const;
      const { url, driver } = await bringUp(wanted);
      running = {
        driver,
        edge: new EdgeProxy(url, TEST_DOMAIN),
        ...(sentinels ? { sentinels } : {}),
        store: storeOf(needs),
      };
    } catch (error) {
      await sentinels?.stop();
      throw error;
    }
    await settle(running.driver, counts);
    return running;
  };
  const dispose = async (): Promise<void> => {
    const { driver, sentinels } = running ?? {};
    running = undefined;
    await driver?.dispose();
    await sentinels?.stop();
  };
  return {
    ready: async (needs = {}) => {
      const counts = { ...usual, ...needs.counts };
      if (running && running.store !== storeOf(needs)) await dispose();
      if (!running) return open(counts, needs);
      try {
        await settle(running.driver, counts);
        return running;
      } catch {
        await dispose();
        return open(counts, needs);
      }
    },
    dispose,
  };
}

async function startSentinels(appendfsync: Fsync): Promise<RedisSentinels> {
  const { path: binary } = await findRedisServer();
  return startRedisSentinels({ ...WATCHED, appendfsync, binary });
}

/** What cannot be changed about a fleet that stands. */
const storeOf = ({ fsync = 'everysec', isBehindSentinels }: Needs): string =>
  `${fsync}${isBehindSentinels ? ' behind sentinels' : ''}`;

/** @throws when it does not come to rest */
async function settle(driver: FleetDriver, counts: Counts): Promise<void> {
  const wanted = { ...defaultCounts, ...counts };
  for (const service of SERVICE_NAMES) {
    const count = wanted[service];
    if ((await driver.ready(service)).length !== count) await driver.scale(service, count);
    await until(
      `${count} of ${service} are ready and in the catalog`,
      async () => {
        const live = (await driver.ready(service)).map(({ instanceId }) => instanceId);
        return live.length === count && oneEntryPerReplica(await driver.entries(service), live).holds;
      },
      SETTLED_WITHIN_MS,
      100,
    );
  }
}
