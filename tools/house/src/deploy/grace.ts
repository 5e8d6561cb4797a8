import type { Finding } from '../wall.ts';
import type { Deployed, Door } from './topologies.ts';

/**
 * The parts of `leavingSums` (libs/service-defaults), which Node cannot load without a build because its lib is Nest's; a
 * spec holds them to it.
 */
export const NOTICE_MS: Readonly<Record<Door, number>> = {
  gateway: 1_000,
  traefik: 3_000,
  'traefik-consul': 3_000,
  haproxy: 3_000,
  'haproxy-consul': 3_000,
};
export const CLOSE_MS = 3_000;

/** What the engine allows beyond an app's own hard deadline, so that the app's line in the log says what was cut. */
const SPARE_MS = 5_000;

const apps = ['api', 'frontend-gateway', 'worker'];

/** Each app is told its door, and is given the time that leaving takes behind it. */
export function graceFindings({ door, files, compose }: Deployed, read: (file: string) => string): Finding[] {
  const file = files.at(-1) ?? '';
  return apps.flatMap((app) => {
    const service = compose.services.get(app);
    if (service === undefined) return [];
    const { environment, notHardened } = service;
    const balancer = environment['BALANCER'];
    const needMs = NOTICE_MS[door] + ownMs(read(`apps/${app}/src/main.ts`)) + CLOSE_MS + SPARE_MS;
    const haveMs = durationMs(service.stopGracePeriod ?? '10s');
    return [
      ...(balancer === door || notHardened['BALANCER']
        ? []
        : [`${app} has BALANCER ${balancer ?? 'not set'}, its door is ${door}`]),
      ...(haveMs >= needMs || notHardened['stop_grace_period']
        ? []
        : [`${app} has stop_grace_period ${haveMs} ms, leaving needs ${needMs} ms`]),
    ].map((message) => ({ file, message: `${message} (or a reason in x-not-hardened)` }));
  });
}

/** In flight and finish, as the app's main.ts says them. */
function ownMs(main: string): number {
  const [, inFlight, finish] = /leaving:\s*\{\s*inFlightMs:\s*([\d_]+),\s*finishMs:\s*([\d_]+)/.exec(main) ?? [];
  if (inFlight === undefined || finish === undefined)
    throw new Error('main.ts does not say `leaving: { inFlightMs, finishMs }`');
  return Number(inFlight.replaceAll('_', '')) + Number(finish.replaceAll('_', ''));
}

/** Compose's durations: `1m30s`, `500ms`. */
export function durationMs(text: string): number {
  const unitMs = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.map(([part]) => part).join('') !== text || text === '') throw new Error(`"${text}" is no duration`);
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * unitMs[unit as keyof typeof unitMs], 0);
}
