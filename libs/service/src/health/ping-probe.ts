import type { HealthProbe } from '../hooks.ts';

/**
 * pingProbe is the row of `/healthz` for a dependency that is probed with one round trip on each connection to it.
 * @param pings resolve to the time that it took, milliseconds, of which the longest is shown; a rejection counts as down
 */
export const pingProbe = (name: string, ...pings: readonly (() => Promise<number>)[]): HealthProbe => ({
  name,
  check: async () => {
    const tookMs = await Promise.all(pings.map((ping) => ping()));
    return { status: 'up', detail: `${Math.max(...tookMs).toFixed(1)} ms` };
  },
});
