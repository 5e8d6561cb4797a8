import type { FleetDriver, Replica, ServiceName } from './driver.ts';

/**
 * Ends every replica in order and starts it again where it was, one after the other. A container keeps its name and
 * address, so whoever cannot ask for new ones finds it: that is what `roll` does not promise. @returns the new ones
 */
export async function restartInPlace(driver: FleetDriver, service: ServiceName): Promise<Replica[]> {
  const fresh: Replica[] = [];
  for (const replica of await driver.ready(service)) {
    await driver.stop(replica);
    fresh.push(await driver.heal(replica));
  }
  return fresh;
}
