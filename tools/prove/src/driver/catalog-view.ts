import type { ServiceName } from '@nestfleet/contracts';
import type { CatalogEntry } from './fleet-driver.ts';

interface HealthEntry {
  readonly Service: { readonly ID: string };
  readonly Checks: readonly { readonly Status: string; readonly CheckID: string }[];
}

const ANSWER_WITHIN_MS = 2_000;

/** entriesPath is the path of Consul's API that lists all entries of a service. */
export const entriesPath = (service: ServiceName): string => `/v1/health/service/${service}`;

export function parseEntries(text: string): CatalogEntry[] {
  return (JSON.parse(text) as readonly HealthEntry[]).map(({ Service, Checks }) => {
    const inMaintenance = Checks.some(({ CheckID }) => CheckID.startsWith('_service_maintenance'));
    const passes = Checks.every(({ Status }) => Status === 'passing');
    return { instanceId: Service.ID, health: inMaintenance ? 'maintenance' : passes ? 'passing' : 'critical' };
  });
}

export async function readEntries(consulUrl: string, service: ServiceName): Promise<CatalogEntry[]> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const response = await fetch(new URL(entriesPath(service), consulUrl), { signal });
  if (!response.ok) throw new Error(`consul answered ${response.status}`);
  return parseEntries(await response.text());
}
