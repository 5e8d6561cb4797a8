import type { Finding } from '../rule.ts';
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
const SPARE_MS = 5_000;

/** Where each app says how long its own part takes. */
const CONFIG_FILES: Readonly<Record<string, string>> = {
  api: 'apps/api/src/api.config.ts',
  'frontend-gateway': 'apps/frontend-gateway/src/gateway.config.ts',
  worker: 'apps/worker/src/worker.config.ts',
};

/** Each app is told its balancer and its time, and is given the time that graceful shutdown takes behind that balancer. */
export function graceFindings({ balancer, files, compose }: Deployed, read: (file: string) => string): Finding[] {
  const file = files.at(-1) ?? '';
  return Object.entries(CONFIG_FILES).flatMap(([app, config]) => {
    const service = compose.services.get(app);
    if (service === undefined) return [];
    const { environment, notHardened } = service;
    const setBalancer = environment['BALANCER'];
    const setGrace = environment['STOP_GRACE_MS'];
    const needMs = DRAIN_DELAY_MS[balancer] + ownMs(read(config)) + CLOSE_MS + SPARE_MS;
    const haveMs = durationMs(service.stopGracePeriod ?? '10s');
    return [
      ...(setBalancer === balancer || notHardened['BALANCER']
        ? []
        : [`${app} has BALANCER ${setBalancer ?? 'not set'}, its balancer is ${balancer}`]),
      ...(haveMs >= needMs || notHardened['stop_grace_period']
        ? []
        : [`${app} has stop_grace_period ${haveMs} ms, the shutdown needs ${needMs} ms`]),
      ...(setGrace === String(haveMs) || notHardened['stop_grace_period']
        ? []
        : [`${app} has STOP_GRACE_MS ${setGrace ?? 'not set'}, its stop_grace_period is ${haveMs} ms`]),
    ].map((message) => ({ file, message: `${message} (or a reason in x-not-hardened)` }));
  });
}

/** In flight and finish, as the app's configuration says them. */
function ownMs(config: string): number {
  const [, inFlight, finish] = /shutdown:\s*\{\s*inFlightMs:\s*([\d_]+),\s*finishMs:\s*([\d_]+)/.exec(config) ?? [];
  if (inFlight === undefined || finish === undefined)
    throw new Error('the configuration does not say `shutdown: { inFlightMs, finishMs }`');
  return Number(inFlight.replaceAll('_', '')) + Number(finish.replaceAll('_', ''));
}

/** Compose's durations: `1m30s`, `500ms`. */
export function durationMs(text: string): number {
  const unitMs = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.map(([part]) => part).join('') !== text || text === '') throw new Error(`"${text}" is no duration`);
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * unitMs[unit as keyof typeof unitMs], 0);
}
