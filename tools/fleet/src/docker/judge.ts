import type { Container } from './containers.ts';
import type { Wanted } from './compose-model.ts';

/** As on the local engine: so many ends in a row before it is ready, or EX_CONFIG, and waiting on is in vain. */
const EARLY_ENDS_MAX = 3;
const EXIT_CONFIG = 78;

export type ContainerVerdict =
  | { readonly is: 'reached' | 'pending' }
  | { readonly is: 'hopeless'; readonly container: Container; readonly why: string };

/**
 * Whether the containers of the wanted services are what was asked for, may still become it, or cannot.
 * @param allStarted Compose has started what it was going to start: what stands still then does so for good
 */
export function judgeContainers(
  containers: readonly Container[],
  wanted: Wanted,
  allStarted: boolean,
): ContainerVerdict {
  for (const container of meantOf(containers, wanted)) {
    const why = whyHopeless(container, allStarted);
    if (why !== undefined) return { is: 'hopeless', container, why };
  }
  const reached = Object.entries(wanted).every(([name, count]) => {
    const present = containers.filter(({ service }) => service === name);
    return present.length === count && present.every(({ state }) => state === 'ready');
  });
  return { is: reached && allStarted ? 'reached' : 'pending' };
}

const meantOf = (containers: readonly Container[], wanted: Wanted): Container[] =>
  containers.filter(({ service }) => (wanted[service] ?? 0) > 0);

export const countReady = (containers: readonly Container[], wanted: Wanted): number =>
  meantOf(containers, wanted).filter(({ state }) => state === 'ready').length;

/**
 * isChanging says whether a wanted container gets another state by itself, once Compose has ended: what Compose made and did
 * not start is started by nobody.
 */
export const isChanging = (containers: readonly Container[], wanted: Wanted): boolean =>
  meantOf(containers, wanted).some(
    ({ state, hasRun }) => state === 'backing-off' || state === 'leaving' || (state === 'starting' && hasRun),
  );

function whyHopeless({ state, exitCode, restarts }: Container, allStarted: boolean): string | undefined {
  if (state === 'unhealthy') return 'is not healthy';
  if (state === 'stopped') return allStarted ? `ended with code ${exitCode}` : undefined;
  if (state !== 'backing-off') return undefined;
  if (exitCode === EXIT_CONFIG) return 'ended with code 78 (its settings are wrong)';
  return restarts >= EARLY_ENDS_MAX ? `ended ${restarts} times, the last time with code ${exitCode}` : undefined;
}

/** The first wanted container that is not ready, in words, for a person who has waited long enough. */
export function lacking(containers: readonly Container[], wanted: Wanted): string {
  const words = Object.entries(wanted).flatMap(([name, count]) => {
    const present = containers.filter(({ service }) => service === name);
    const late = present.filter(({ state }) => state !== 'ready').map(({ name: its, state }) => `${its} is ${state}`);
    return present.length < count ? [`${present.length} of ${count} ${name}`, ...late] : late;
  });
  return words.join(', ');
}
