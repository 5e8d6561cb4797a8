import { EARLY_EXITS_MAX, EXIT_CONFIG } from '../core/lifecycle.ts';
import type { Container } from './containers.ts';
import type { Wanted } from './compose-model.ts';

export type ContainerAssessment =
  | { readonly is: 'reached' | 'pending' }
  | { readonly is: 'failed'; readonly container: Container; readonly why: string };

/**
 * assessContainers says whether the desired state is reached, may still be, or cannot.
 * @param allStarted Compose has started what it was going to start: what stands still then does so for good
 */
export function assessContainers(
  containers: readonly Container[],
  wanted: Wanted,
  allStarted: boolean,
): ContainerAssessment {
  for (const container of selectedOf(containers, wanted)) {
    const why = failureReason(container, allStarted);
    if (why !== undefined) return { is: 'failed', container, why };
  }
  const reached = Object.entries(wanted).every(([name, count]) => {
    const present = containers.filter(({ service }) => service === name);
    return present.length === count && present.every(({ state }) => state === 'ready');
  });
  return { is: reached && allStarted ? 'reached' : 'pending' };
}

const selectedOf = (containers: readonly Container[], wanted: Wanted): Container[] =>
  containers.filter(({ service }) => (wanted[service] ?? 0) > 0);

export const countReady = (containers: readonly Container[], wanted: Wanted): number =>
  selectedOf(containers, wanted).filter(({ state }) => state === 'ready').length;

/**
 * isChanging says whether a wanted container gets another state by itself, once Compose has ended: what Compose made and did
 * not start is started by nobody.
 */
export const isChanging = (containers: readonly Container[], wanted: Wanted): boolean =>
  selectedOf(containers, wanted).some(
    ({ state, hasRun }) => state === 'backing-off' || state === 'leaving' || (state === 'starting' && hasRun),
  );

/** As the restart policy of the local engine: so many ends in a row before the first readiness, or EX_CONFIG. */
function failureReason({ state, exitCode, restarts }: Container, allStarted: boolean): string | undefined {
  if (state === 'unhealthy') return 'is not healthy';
  if (state === 'stopped') return allStarted ? `ended with code ${exitCode}` : undefined;
  if (state !== 'backing-off') return undefined;
  if (exitCode === EXIT_CONFIG) return 'ended with code 78 (its settings are wrong)';
  return restarts >= EARLY_EXITS_MAX ? `ended ${restarts} times, the last time with code ${exitCode}` : undefined;
}

/** describeMissing says which wanted containers are missing or not ready. */
export function describeMissing(containers: readonly Container[], wanted: Wanted): string {
  const words = Object.entries(wanted).flatMap(([name, count]) => {
    const present = containers.filter(({ service }) => service === name);
    const late = present.filter(({ state }) => state !== 'ready').map(({ name: its, state }) => `${its} is ${state}`);
    return present.length < count ? [`${present.length} of ${count} ${name}`, ...late] : late;
  });
  return words.join(', ');
}
