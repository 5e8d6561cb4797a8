import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '@nestfleet/contracts';
import { oneEntryPerReplica } from '../checkers/catalog.ts';
import { type Finding, finding } from '../checkers/finding.ts';
import type { FleetDriver } from '../driver/fleet-driver.ts';

const LOOK_EVERY_MS = 50;

export interface Registered {
  readonly tookMs: number;
  readonly found: Finding;
}

/** Looks until the catalog has one passing entry for each live replica of these services, at most so long. */
export async function untilRegistered(
  driver: FleetDriver,
  services: readonly ServiceName[],
  limitMs: number,
): Promise<Registered> {
  const startMs = performance.now();
  for (;;) {
    const found = await look(driver, services);
    const tookMs = Math.round(performance.now() - startMs);
    const isInTime = tookMs <= limitMs;
    if (found.holds || !isInTime) {
      const faults = found.holds && isInTime ? [] : [`not after ${tookMs} ms`, ...found.faults];
      return { tookMs, found: finding(`${found.claim} within ${limitMs} ms`, faults) };
    }
    await sleep(LOOK_EVERY_MS);
  }
}

async function look(driver: FleetDriver, services: readonly ServiceName[]): Promise<Finding> {
  const faults: string[] = [];
  for (const service of services) {
    const live = (await driver.ready(service)).map(({ instanceId }) => instanceId);
    try {
      faults.push(...oneEntryPerReplica(await driver.entries(service), live).faults);
    } catch (error) {
      faults.push(`${service}: ${String(error)}`);
    }
  }
  return finding(`one passing entry for each live replica of ${services.join(', ')}`, faults);
}
