import type { Finding } from '../rule.ts';
import type { TableRow } from './services-table.ts';
import type { Deployed, Balancer } from './topologies.ts';

/**
 * The parts of `shutdownTimeouts` (libs/service), which Node cannot load without a build because its lib is Nest's; a
 * spec holds them to it.
 */
export const DRAIN_DELAY_MS: Readonly<Record<Balancer, number>> = {
  gateway: 1_000,
  traefik: 3_000,
  'traefik-consul': 3_000,
  haproxy: 3_000,
  'haproxy-consul': 3_000,
};
export const CLOSE_MS = 3_000;

/** What the engine allows beyond an app's own hard deadline, so that the app's line in the log says what was cut. */
export const SPARE_MS = 5_000;

/** Each service is told its balancer and its time, and is given the time that graceful shutdown takes behind that balancer. */
export function graceFindings({ balancer, files, compose }: Deployed, rows: readonly TableRow[]): Finding[] {
  const file = files.at(-1) ?? '';
  return rows.flatMap(({ name, shutdown }) => {
    const service = compose.services.get(name);
    if (service === undefined) return [];
    const { environment, notHardened } = service;
    const setBalancer = environment['BALANCER'];
    const setGrace = environment['STOP_GRACE_MS'];
    const needMs = DRAIN_DELAY_MS[balancer] + shutdown.inFlightMs + shutdown.finishMs + CLOSE_MS + SPARE_MS;
    const haveMs = durationMs(service.stopGracePeriod ?? '10s');
    return [
      ...(setBalancer === balancer || notHardened['BALANCER']
        ? []
        : [`${name} has BALANCER ${setBalancer ?? 'not set'}, its balancer is ${balancer}`]),
      ...(haveMs >= needMs || notHardened['stop_grace_period']
        ? []
        : [`${name} has stop_grace_period ${haveMs} ms, the shutdown needs ${needMs} ms`]),
      ...(setGrace === String(haveMs) || notHardened['stop_grace_period']
        ? []
        : [`${name} has STOP_GRACE_MS ${setGrace ?? 'not set'}, its stop_grace_period is ${haveMs} ms`]),
    ].map((message) => ({ file, message: `${message} (or a reason in x-not-hardened)` }));
  });
}

/** Compose's durations: `1m30s`, `500ms`. */
export function durationMs(text: string): number {
  const unitMs = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.map(([part]) => part).join('') !== text || text === '') throw new Error(`"${text}" is no duration`);
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * unitMs[unit as keyof typeof unitMs], 0);
}
