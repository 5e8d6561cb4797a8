import { oneEntryPerReplica } from '../checkers/catalog.ts';
import { Door } from '../door.ts';
import { type Balancer, type Counts, type Engine, type Fsync, TEST_DOMAIN, bringUp } from '../fleet/bring-up.ts';
import type { FleetDriver, ServiceName } from '../fleet/driver.ts';
import { until } from '../until.ts';
import { hasOneGateway } from './choose.ts';
import type { Scenario } from './scenario.ts';

const SETTLED_WITHIN_MS = 30_000;

export interface Standing {
  readonly driver: FleetDriver;
  readonly door: Door;
}

/** What a scenario asks of the fleet on which it runs. */
export type Needs = Pick<Scenario, 'counts' | 'fsync'>;

/** The fleet on which scenarios run, one after the other. */
export interface Stage {
  /** A fleet of this kind in which nothing is amiss: the one that is there, or a new one in its place. */
  ready(needs?: Needs): Promise<Standing>;
  dispose(): Promise<void>;
}

/** @param appsDir bundles to run, in place of the ones that are built */
export function openStage(engine: Engine, balancer: Balancer, appsDir?: string): Stage {
  const usual: Counts = { api: 3, gateway: hasOneGateway(engine, balancer) ? 1 : 2, worker: 1 };
  let standing: (Standing & { readonly fsync: Fsync }) | undefined;
  const open = async (counts: Counts, fsync: Fsync): Promise<Standing> => {
    const wanted = { purpose: 'scenarios', engine, balancer, counts, tls: false, appsDir, fsync } as const;
    const { url, driver } = await bringUp(wanted);
    standing = { driver, door: new Door(url, TEST_DOMAIN), fsync };
    await settle(standing.driver, counts);
    return standing;
  };
  const dispose = async (): Promise<void> => {
    const { driver } = standing ?? {};
    standing = undefined;
    await driver?.dispose();
  };
  return {
    ready: async ({ counts: changed, fsync = 'everysec' } = {}) => {
      const counts = { ...usual, ...changed };
      if (standing && standing.fsync !== fsync) await dispose();
      if (!standing) return open(counts, fsync);
      try {
        await settle(standing.driver, counts);
        return standing;
      } catch {
        await dispose();
        return open(counts, fsync);
      }
    },
    dispose,
  };
}

/** @throws when it does not come to rest */
async function settle(driver: FleetDriver, { api, gateway, worker }: Counts): Promise<void> {
  const wanted: readonly (readonly [ServiceName, number])[] = [
    ['api', api],
    ['frontend-gateway', gateway],
    ['worker', worker],
  ];
  for (const [service, count] of wanted) {
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
