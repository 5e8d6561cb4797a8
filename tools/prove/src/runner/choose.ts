import type { FleetDriver } from '../driver/fleet-driver.ts';
import type { Balancer, Engine } from '../driver/fleet-options.ts';
import { type Scenario, TIERS, type Tier } from './scenario.ts';

export interface Choice {
  readonly engine: Engine;
  readonly balancer: Balancer;
  readonly tier: Tier;
  /** Names; whoever names one wants it, whatever its tier. */
  readonly only?: readonly string[] | undefined;
}

/** @throws with the names that there are, for a name that is none */
export function chooseScenarios(all: readonly Scenario[], { tier, only }: Choice): readonly Scenario[] {
  const unknown = only?.filter((name) => !all.some((each) => each.name === name)) ?? [];
  if (unknown.length > 0)
    throw new Error(`no scenario ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}`);
  if (only) return all.filter(({ name }) => only.includes(name));
  return all.filter((each) => TIERS.indexOf(each.tier) <= TIERS.indexOf(tier));
}

/** A gateway that is the edge proxy of containers publishes a port, so there can be one of it. */
export const hasOneGateway = (engine: Engine, balancer: Balancer): boolean =>
  engine === 'docker' && balancer === 'gateway';

/** Why a scenario says nothing of this fleet, undefined where it does. */
export function notApplicable(
  { engines, balancers, needsTwoGateways }: Scenario,
  { engine, balancer }: Choice,
): string | undefined {
  if (!engines.includes(engine)) return `not on the ${engine} engine`;
  if (needsTwoGateways && hasOneGateway(engine, balancer)) return 'its only gateway is the edge proxy';
  if (balancers && !balancers.includes(balancer)) return `not behind ${balancer}`;
  return undefined;
}

/** Why a fleet that stands cannot show it, undefined where it can. */
export async function lackOf(
  { needs = [] }: Scenario,
  driver: Pick<FleetDriver, 'lacks'>,
): Promise<string | undefined> {
  for (const ability of needs) {
    const reason = await driver.lacks(ability);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
