import type { Backlogs } from '../backlog.ts';
import type { Commands } from './commands.ts';
import type { QueueSet } from './queue-set.ts';

/** createBacklogs reads lengths and heads of a queue's lists: what that costs does not grow with the jobs in them. */
export function createBacklogs(queues: QueueSet, commands: Commands): Backlogs {
  return {
    async backlog({ name }) {
      const { keys } = queues.get(name);
      const [{ waiting, isPaused, concurrency = Infinity }, { active, headsSinceMs }] = await Promise.all([
        commands.waiting(keys),
        commands.activeAndHeads(keys),
      ]);
      const nowMs = Date.now();
      const sinceMs = headsSinceMs.filter((atMs) => atMs <= nowMs);
      const waitsSinceMs = isPaused || waiting === 0 || sinceMs.length === 0 ? undefined : Math.min(...sinceMs);
      // A rate is no reason to have no worker: somebody has to take the jobs that it lets through.
      const takeable = isPaused ? 0 : Math.min(waiting, Math.max(0, concurrency - active));
      return { takeable, active, waitsSinceMs };
    },
  };
}
