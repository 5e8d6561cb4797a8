import type { Discovery } from '@nestfleet/discovery';
import type { Jobs } from '@nestfleet/jobs';
import { type HealthProbe, pingProbe } from '@nestfleet/service';
import type { State } from '@nestfleet/state';

export interface Probed {
  readonly state: Pick<State, 'checkWrites'>;
  readonly discovery: Pick<Discovery, 'ping'>;
  readonly jobs: Pick<Jobs, 'counts'>;
}

/** workerProbes are the rows of `/healthz`, for people. A probe that rejects counts as down. */
export function workerProbes({ state, discovery, jobs }: Probed): HealthProbe[] {
  return [
    pingProbe('redis', () => state.checkWrites()),
    pingProbe('consul', () => discovery.ping()),
    {
      name: 'queues',
      check: async () => {
        const rows = Object.entries(await jobs.counts()).map(
          ([name, { waiting, delayed, active, failed }]) =>
            `${name}: ${waiting} waiting, ${delayed} delayed, ${active} active, ${failed} failed`,
        );
        return { status: 'up', detail: rows.join('; ') };
      },
    },
  ];
}
