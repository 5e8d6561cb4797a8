import type { Visit } from '@nestfleet/contracts';
import { computed, reactive, shallowReactive } from 'vue';
import type { Answer, Backend, BackendProblem } from '../backends/backend.ts';
import type { Clock } from '../browser/clock.ts';
import { createPoller } from './polling.ts';
import { computeShares, summariseLatency } from './shares.ts';

const VISIT_INTERVAL_MS = 1_500;
/** Visits that the shares and the strip are made of. */
export const HISTORY_MAX = 60;
export const BURST_VISITS = 20;

export interface VisitRecord {
  /** Counts this page's visits; a key for rendering. */
  readonly number: number;
  readonly servedBy: string;
  readonly latencyMs: number;
}

export function createVisits(backend: Backend, clock: Clock, report: (problem: BackendProblem | null) => void) {
  const view = shallowReactive({
    /** The last good answer; a problem never clears it. */
    last: null as Answer<Visit> | null,
    lastGoodAtMs: null as number | null,
    history: [] as readonly VisitRecord[],
    /** Visits done of a running burst, null while none runs. */
    burstDone: null as number | null,
  });
  let total = 0;

  const poller = createPoller(
    async () => {
      const answer = await backend.visit();
      total += 1;
      view.last = answer;
      view.lastGoodAtMs = clock.nowMs();
      const record = { number: total, servedBy: answer.body.served_by, latencyMs: answer.latencyMs };
      view.history = [...view.history, record].slice(-HISTORY_MAX);
    },
    { intervalMs: VISIT_INTERVAL_MS, clock, report },
  );

  /** One after the other, so that the counts arrive in order; ends at the first problem. */
  async function burst(): Promise<void> {
    if (view.burstDone !== null) return;
    for (let done = 0; done < BURST_VISITS; done += 1) {
      view.burstDone = done;
      if (!(await poller.runNow())) break;
    }
    view.burstDone = null;
  }

  return reactive({
    view,
    poll: poller.state,
    shares: computed(() => computeShares(view.history.map((record) => record.servedBy))),
    latency: computed(() => summariseLatency(view.history.map((record) => record.latencyMs))),
    setActive: poller.setActive,
    visitNow: poller.runNow,
    burst,
  });
}
export type Visits = ReturnType<typeof createVisits>;
