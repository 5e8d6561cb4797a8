import { type NetNamespace, openNetNamespace } from '@nestfleet/discovery/testing';
import { type RedisSentinels, startRedisSentinels } from '@nestfleet/redis/testing';
import { SERVICE_NAMES } from '@nestfleet/contracts';
import { defaultCounts, findRedisServer } from '../../../fleet/src/programs.ts';
import { oneEntryPerReplica } from '../checkers/catalog.ts';
import { EdgeProxy } from '../client/edge-proxy.ts';
import { bringUp } from '../driver/bring-up.ts';
import { type Balancer, type Counts, type Engine, type Fsync, TEST_DOMAIN } from '../driver/fleet-options.ts';
import type { FleetDriver } from '../driver/fleet-driver.ts';
import type { Cluster } from '../driver/kubectl.ts';
import { until } from '../client/until.ts';
import { buildSeeded, buildVersion } from '../seeded-bugs/build-variant.ts';
import type { TestBuild } from '../seeded-bugs/test-builds.ts';
import { hasOneGateway } from './choose.ts';
import { type Releases, openReleases } from './releases.ts';
import type { Scenario } from './scenario.ts';

const SETTLED_WITHIN_MS = 30_000;
/** Of bundles that have nothing else about them. */
const THIS_RELEASE = '1.0.0';
/** A primary that no replica has followed for a second takes no writes. */
const REFUSES_ALONE = { 'min-replicas-to-write': '1', 'min-replicas-max-lag': '1' } as const;
/** A primary that dies leaves one that can follow the next one. */
const WATCHED = { replicas: 2, sentinels: 3, appendonly: true } as const;

export interface RunningFleet {
  readonly driver: FleetDriver;
  readonly edge: EdgeProxy;
  readonly sentinels?: RedisSentinels;
  readonly network?: NetNamespace;
  readonly releases?: Releases;
}

/** What a scenario asks of the fleet on which it runs. */
export type Needs = Pick<
  Scenario,
  'counts' | 'fsync' | 'isBehindSentinels' | 'isInTwoNetworks' | 'testBuild' | 'nextRelease' | 'variables'
>;

/** The fleet on which scenarios run, one after the other. */
export interface TestFleet {
  /** A fleet of this kind in which nothing is amiss: the one that is there, or a new one in its place. */
  ready(needs?: Needs): Promise<RunningFleet>;
  dispose(): Promise<void>;
}

/**
 * @param seededBugs compiled into bundles of its own, in place of the ones that are built
 * @param cluster for the Kubernetes engine
 */
export function openTestFleet(
  engine: Engine,
  balancer: Balancer,
  seededBugs: readonly string[] = [],
  cluster?: Cluster,
): TestFleet {
  const gateways = hasOneGateway(engine, balancer) ? 1 : 2;
  const usual: Counts = { api: 3, 'frontend-gateway': gateways, worker: 1 };
  let running: (RunningFleet & { readonly kind: string }) | undefined;
  const built = new Map<string, Promise<string>>();
  const once = (words: string, build: (words: string) => Promise<string>): Promise<string> => {
    const building = built.get(words) ?? build(words);
    built.set(words, building);
    return building;
  };
  /** Undefined for what `make up` builds. */
  const bundlesWith = async (...builds: readonly (TestBuild | undefined)[]): Promise<string | undefined> => {
    const names = [...seededBugs, ...builds.flatMap((build) => build?.name ?? [])];
    return names.length === 0 ? undefined : once(names.join('+'), buildSeeded);
  };
  const releasesOf = async ({ testBuild, nextRelease }: Needs): Promise<Releases | undefined> => {
    if (nextRelease === undefined) return undefined;
    const own = (await bundlesWith(testBuild)) ?? (await once(THIS_RELEASE, buildVersion));
    const next = (await bundlesWith(testBuild, nextRelease)) ?? own;
    return openReleases({ own, next });
  };
  const open = async (counts: Counts, needs: Needs): Promise<RunningFleet> => {
    const { fsync = 'everysec', isBehindSentinels, isInTwoNetworks, variables } = needs;
    const releases = await releasesOf(needs);
    const appsDir = releases?.folder ?? (await bundlesWith(needs.testBuild));
    const network = isInTwoNetworks ? await openNetNamespace() : undefined;
    let sentinels: RedisSentinels | undefined;
    const end = async (): Promise<void> => {
      await sentinels?.stop();
      await network?.close();
      releases?.remove();
    };
    try {
      if (isBehindSentinels) sentinels = await startSentinels(fsync, network);
      const redisUrl = sentinels?.url;
      const wanted = { purpose: 'scenarios', engine, balancer, counts, tls: false, appsDir, fsync, redisUrl } as const;
      const { url, driver } = await bringUp({ ...wanted, variables, cluster });
      running = {
        driver,
        edge: new EdgeProxy(url, TEST_DOMAIN),
        ...(sentinels ? { sentinels } : {}),
        ...(network ? { network } : {}),
        ...(releases ? { releases } : {}),
        kind: kindOf(needs),
      };
    } catch (error) {
      await end();
      throw error;
    }
    await settle(running.driver, counts);
    return running;
  };
  const dispose = async (): Promise<void> => {
    const { driver, sentinels, network, releases } = running ?? {};
    running = undefined;
    await driver?.dispose();
    await sentinels?.stop();
    await network?.close();
    releases?.remove();
  };
  return {
    ready: async (needs = {}) => {
      const counts = { ...usual, ...needs.counts };
      // Replicas of both releases may be left of a run that ended early, and in Redis what the next one has written.
      const wasTurned = running?.releases?.wasTurned === true;
      if (running && (wasTurned || running.kind !== kindOf(needs))) await dispose();
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

async function startSentinels(appendfsync: Fsync, network?: NetNamespace): Promise<RedisSentinels> {
  const { path: binary } = await findRedisServer();
  if (network === undefined) return startRedisSentinels({ ...WATCHED, appendfsync, binary });
  const apart = { near: network.near, far: network.host, binary: await network.wrap(binary) };
  return startRedisSentinels({ ...WATCHED, appendfsync, binary, settings: REFUSES_ALONE, apart });
}

/** What cannot be changed about a fleet that stands. */
const kindOf = ({ fsync = 'everysec', testBuild, nextRelease, ...needs }: Needs): string => {
  const { isBehindSentinels, isInTwoNetworks, variables } = needs;
  const builds = [testBuild?.name, nextRelease?.name];
  return JSON.stringify({ fsync, isBehindSentinels, isInTwoNetworks, builds, variables });
};

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
