import type { PostJob } from '@nestfleet/contracts';
import { computed, reactive, shallowReactive } from 'vue';
import { type Backend, BackendProblem } from '../backends/backend.ts';
import type { Clock } from '../browser/clock.ts';
import { type JobEntry, acknowledged, hasEnded, mergeJob, mergeList } from './job-list.ts';
import { createPoller } from './polling.ts';

const LIST_INTERVAL_MS = 5_000;
export const FOLLOW_INTERVAL_MS = 700;
const LIST_LIMIT = 12;
/** No such job, or none any more. */
const GONE: ReadonlySet<number> = new Set([404, 410]);
/** Unfinished jobs asked for one by one; the list updates any more. */
const FOLLOWED_MAX = 5;

export interface JobsOptions {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly report: (problem: BackendProblem | null) => void;
  /** A new key that no other enqueue has. */
  readonly newKey: () => string;
  /** Settles once a visit was answered: without the session's cookie a job would belong to a session of its own. */
  readonly openSession: () => Promise<unknown>;
}

export function createJobs({ backend, clock, report, newKey, openSession }: JobsOptions) {
  const view = shallowReactive({
    entries: [] as readonly JobEntry[],
    enqueueing: false,
    /** Why the last enqueue did not work, null after one that did. */
    enqueueProblem: null as BackendProblem | null,
    /** Which replica took the last enqueue. */
    enqueuedThrough: null as { id: string; servedBy: string } | null,
  });
  let asked = 0;
  /** The key stays until the fleet has answered, so that trying again after "outcome unknown" cannot make two jobs. */
  let pending: { text: string; key: string } | undefined;

  const unfinished = computed(() => view.entries.map(({ job }) => job).filter((job) => !hasEnded(job)));

  async function follow(id: string): Promise<void> {
    asked += 1;
    const askedAt = asked;
    try {
      const { body } = await backend.findJob(id);
      if (view.entries.some((entry) => entry.job.id === id))
        view.entries = mergeJob(view.entries, { job: body, askedAt });
    } catch (error) {
      if (!(error instanceof BackendProblem) || !GONE.has(error.problem.status)) throw error;
      // Removed after its retention: nothing more will be heard of it.
      view.entries = view.entries.filter((entry) => entry.job.id !== id);
    }
  }

  const follower = createPoller(
    async () => {
      const followed = unfinished.value.slice(0, FOLLOWED_MAX);
      await Promise.all(followed.map((job) => follow(job.id)));
    },
    { intervalMs: FOLLOW_INTERVAL_MS, clock, report },
  );

  const lister = createPoller(
    async () => {
      asked += 1;
      const askedAt = asked;
      const { body } = await backend.listJobs(LIST_LIMIT);
      view.entries = mergeList(view.entries, body.jobs, askedAt).slice(0, LIST_LIMIT);
    },
    { intervalMs: LIST_INTERVAL_MS, clock, report },
  );

  async function enqueue(post: PostJob): Promise<void> {
    if (view.enqueueing) return;
    view.enqueueing = true;
    const text = JSON.stringify(post);
    if (pending?.text !== text) pending = { text, key: newKey() };
    try {
      await openSession();
      const { body } = await backend.enqueue(post, pending.key);
      pending = undefined;
      asked += 1;
      view.entries = mergeJob(view.entries, { job: acknowledged(body.id, body.name), askedAt: asked }).slice(
        0,
        LIST_LIMIT,
      );
      view.enqueuedThrough = { id: body.id, servedBy: body.served_by };
      view.enqueueProblem = null;
    } catch (error) {
      if (!(error instanceof BackendProblem)) throw error;
      view.enqueueProblem = error;
    } finally {
      view.enqueueing = false;
    }
  }

  return reactive({
    view,
    unfinished,
    setFollowing: follower.setActive,
    setListing: lister.setActive,
    listNow: lister.runNow,
    enqueue,
  });
}
export type Jobs = ReturnType<typeof createJobs>;
