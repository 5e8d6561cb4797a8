import { computed, effectScope, reactive, shallowReactive, watch } from 'vue';
import type { Backend } from '../backends/backend.ts';
import type { Clock } from '../browser/clock.ts';
import { createColours } from './colours.ts';
import { createJobs } from './jobs.ts';
import { createProblems, worstSource } from './problems.ts';
import { createTopology } from './topology.ts';
import { createValues } from './values.ts';
import type { Visibility } from '../browser/visibility.ts';
import { createVisits } from './visits.ts';

const TICK_MS = 1_000;

export interface FleetOptions {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly visibility: Visibility;
  readonly newKey: () => string;
}

/**
 * All that the page knows, and when it asks. Paused: no visits, list or topology, but unfinished jobs are still followed
 * because somebody waits for them. Hidden: nothing at all. `dispose` ends every timer.
 */
export function createFleet({ backend, clock, visibility, newKey }: FleetOptions) {
  const scope = effectScope();
  const gate = shallowReactive({ paused: false, hidden: visibility.hidden(), nowMs: clock.nowMs() });
  const problems = createProblems();
  const visits = createVisits(backend, clock, (problem) => problems.report('visits', problem));
  const topology = createTopology(backend, clock, (problem) => problems.report('topology', problem));
  const values = createValues(backend);

  const jobs = createJobs({
    backend,
    clock,
    report: (problem) => problems.report('jobs', problem),
    newKey,
    openSession: async () => visits.view.last !== null || visits.visitNow(),
  });

  const worst = computed(() => worstSource(problems.bySource));
  const trouble = computed(() => {
    const problem = worst.value === null ? null : problems.bySource[worst.value];
    return worst.value === null || problem === null ? null : { source: worst.value, problem };
  });
  const status = computed(() => {
    if (gate.hidden) return 'hidden';
    if (gate.paused) return 'paused';
    return trouble.value === null ? 'live' : 'backing-off';
  });

  /** Asks again at once for all that is in trouble. */
  async function tryNow(): Promise<void> {
    const { bySource } = problems;
    await Promise.all([
      bySource.visits === null || visits.visitNow(),
      bySource.jobs === null || jobs.listNow(),
      bySource.topology === null || topology.refreshNow(),
    ]);
  }

  let cancelTick: (() => void) | undefined;
  function tick(): void {
    gate.nowMs = clock.nowMs();
    cancelTick = clock.after(TICK_MS, tick);
  }

  scope.run(() => {
    const polling = computed(() => !gate.hidden && !gate.paused);
    const hasSession = computed(() => visits.view.last !== null);
    watch(polling, (on) => visits.setActive(on), { immediate: true, flush: 'sync' });
    watch(polling, (on) => topology.setActive(on), { immediate: true, flush: 'sync' });
    watch(
      () => polling.value && hasSession.value,
      (on) => jobs.setListing(on),
      { immediate: true, flush: 'sync' },
    );
    watch(
      () => !gate.hidden && jobs.unfinished.length > 0,
      (on) => jobs.setFollowing(on),
      { immediate: true, flush: 'sync' },
    );
    tick();
  });
  const unsubscribe = visibility.subscribe(() => {
    gate.hidden = visibility.hidden();
  });

  return reactive({
    isDemo: backend.isDemo,
    gate,
    visits,
    topology,
    values,
    jobs,
    trouble,
    status,
    colourOf: createColours(),
    tryNow,
    togglePause: () => {
      gate.paused = !gate.paused;
    },
    dispose: () => {
      scope.stop();
      unsubscribe();
      cancelTick?.();
      visits.setActive(false);
      topology.setActive(false);
      jobs.setListing(false);
      jobs.setFollowing(false);
    },
  });
}
export type Fleet = ReturnType<typeof createFleet>;
