import type { Discovery } from '@nestfleet/discovery';
import type { Jobs } from '@nestfleet/jobs';
import { type HealthProbe, pingProbe } from '@nestfleet/service';
import type { State } from '@nestfleet/state';

export interface Probed {
  readonly state: Pick<State, 'checkWrites'>;
  /** What the row of the catalog is called. */
  readonly catalog: string;
  readonly discovery: Pick<Discovery, 'ping'>;
  readonly jobs: Pick<Jobs, 'counts' | 'checkWrites'>;
  /** Of consumers to which jobs do not flow. */
  readonly faults: () => readonly string[];
}

/** workerProbes are the rows of `/healthz`, for people. A probe that rejects counts as down. */
export function workerProbes({ state, catalog, discovery, jobs, faults }: Probed): HealthProbe[] {
  return [
    pingProbe(
      'redis',
      () => state.checkWrites(),
      () => jobs.checkWrites(),
    ),
    pingProbe(catalog, () => discovery.ping()),
    {
      name: 'queues',
      check: async () => {
        const rows = Object.entries(await jobs.counts()).map(
          ([name, { waiting, delayed, active, failed }]) =>
            `${name}: ${waiting} waiting, ${delayed} delayed, ${active} active, ${failed} failed`,
        );
        const found = faults();
        return { status: found.length === 0 ? 'up' : 'degraded', detail: [...found, ...rows].join('; ') };
      },
    },
  ];
}
