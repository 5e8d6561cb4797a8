import type { FleetDriver, Replica } from './fleet-driver.ts';

/**
 * Ends each of these replicas in order and starts it again, one after the other; there is never one more, as there is in
 * a roll. @returns the new ones
 */
export async function restartInPlace(driver: FleetDriver, replicas: readonly Replica[]): Promise<Replica[]> {
  const fresh: Replica[] = [];
  for (const replica of replicas) {
    await driver.stop(replica);
    fresh.push(await driver.heal(replica));
  }
  return fresh;
}
