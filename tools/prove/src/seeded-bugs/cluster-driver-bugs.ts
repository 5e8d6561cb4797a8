import type { SuiteBug } from './suite-bug.ts';

const DRIVER = 'tools/prove/src/driver';

/** What a proof on a cluster must not miss or leave behind. */
export const clusterDriverBugs: readonly SuiteBug[] = [
  {
    name: 'fault-forgotten',
    description: 'a fault that could not be undone, such as a cordoned node, is forgotten',
    patches: [
      {
        file: `${DRIVER}/held-faults.ts`,
        find: '      await fault.undo();\n      if (this.held.get(what) === fault) this.held.delete(what);\n',
        replace: '      this.held.delete(what);\n      await fault.undo();\n',
      },
    ],
    detectedBy: { spec: `${DRIVER}/held-faults.spec.ts`, test: 'which is named and still held' },
  },
  {
    name: 'fault-taken-for-a-refusal',
    description: 'what needs privileged pods is skipped whatever keeps them from coming up',
    patches: [{ file: `${DRIVER}/node-access.ts`, find: '|\\bis forbidden\\b/i', replace: '|\\bis forbidden\\b|/i' }],
    detectedBy: { spec: `${DRIVER}/node-access.spec.ts`, test: 'is none where something else went wrong' },
  },
  {
    name: 'killed-pod-unseen',
    description: 'a pod that was killed at the end of its grace period passes for one that has shut down',
    patches: [
      {
        file: 'tools/prove/src/checkers/shutdown.ts',
        find: 'ends.length === 1 && ends[0]?.fields',
        replace: 'ends.length === 0 || ends[0]?.fields',
      },
    ],
    detectedBy: { spec: 'tools/prove/src/checkers/shutdown.spec.ts', test: 'killed at the end of its grace period' },
  },
  {
    name: 'unread-log-empty',
    description: 'a log that could not be read is told as an empty one',
    patches: [
      { file: `${DRIVER}/pod-logs.ts`, find: '`COULD NOT BE READ: ${fault}\\n`', replace: 'fault.slice(0, 0)' },
    ],
    detectedBy: { spec: `${DRIVER}/pod-logs.spec.ts`, test: 'says what could not be read' },
  },
];
