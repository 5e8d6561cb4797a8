import type { Backlogs } from '../backlog.ts';
import type { Commands } from './commands.ts';
import type { QueueSet } from './queue-set.ts';

/** createBacklogs reads lengths and heads of a queue's lists: what that costs does not grow with the jobs in them. */
export function createBacklogs(queues: QueueSet, commands: Commands): Backlogs {
  return {
    async backlog({ name }) {
      const { keys } = queues.get(name);
      const [takeable, { active, headsSinceMs }] = await Promise.all([
        commands.takeable(keys),
        commands.activeAndHeads(keys),
      ]);
      const nowMs = Date.now();
      const waiting = headsSinceMs.filter((atMs) => atMs <= nowMs);
      const waitsSinceMs = takeable === 0 || waiting.length === 0 ? undefined : Math.min(...waiting);
      return { takeable, active, waitsSinceMs };
    },
  };
}
