import type { HealthProbe } from '../hooks.ts';

/**
 * pingProbe is the row of `/healthz` for a dependency that is probed with one round trip.
 * @param ping resolves to the time that it took, milliseconds; a rejection counts as down
 */
export const pingProbe = (name: string, ping: () => Promise<number>): HealthProbe => ({
  name,
  check: async () => ({ status: 'up', detail: `${(await ping()).toFixed(1)} ms` }),
});
