import type { FleetDriver, Replica, ServiceName } from './driver.ts';

/** Replaces every replica in order, one after the other, each when the one before is ready. @returns the new ones */
export async function roll(driver: FleetDriver, service: ServiceName): Promise<Replica[]> {
  const fresh: Replica[] = [];
  for (const replica of await driver.ready(service)) {
    await driver.stop(replica);
    fresh.push(await driver.heal(replica));
  }
  return fresh;
}
