import type { SuiteBug } from './suite-bug.ts';

const ONCE = 'libs/state/src/run-once';
const RUN_ONCE = 'libs/state/test/run-once.spec.ts';
const FENCE = 'libs/state/src/run-once/fencing-token.spec.ts';
const MODULE = 'libs/state/test/run-once.module.spec.ts';

/** What runOnce and RunOnceModule promise to replicas that start. */
export const onceBugs: readonly SuiteBug[] = [
  {
    name: 'migrated-by-each',
    description: 'each replica has a lease of its own, and all of them migrate',
    patches: [
      {
        file: `${ONCE}/run-once.ts`,
        find: 'leases.hold(`run-once:${name}`,',
        replace: 'leases.hold(`run-once:${Math.random()}`,',
      },
    ],
    detectedBy: { spec: RUN_ONCE, test: 'runs once, whoever asks' },
  },
  {
    name: 'paused-records',
    description: 'a replica that was paused records its work as done, while another one is in the middle of it',
    patches: [
      {
        file: `${ONCE}/once-record.ts`,
        find: 'JSON.stringify(entry), { ifVersion })',
        replace: 'JSON.stringify(entry), ifVersion === 0 ? { ifVersion } : {})',
      },
    ],
    detectedBy: { spec: RUN_ONCE, test: 'records nothing for a holder behind whom a later one has begun' },
  },
  {
    name: 'done-again-for-its-record',
    description: 'a task that ran is done again because only its record could not be written',
    patches: [{ file: `${ONCE}/run-once.ts`, find: 'begun !== ranBehind && ', replace: '' }],
    detectedBy: { spec: RUN_ONCE, test: 'is not done again where only its record could not be written' },
  },
  {
    name: 'stopped-is-done',
    description: 'a task that stopped in the middle, because its lease was lost, is recorded as done',
    patches: [
      {
        file: `${ONCE}/run-once.ts`,
        find: '    if (held.signal.aborted) throw held.signal.reason;\n',
        replace:
          '    if (held.signal.aborted) ranBehind = begun;\n    if (held.signal.aborted) throw held.signal.reason;\n',
      },
    ],
    detectedBy: { spec: RUN_ONCE, test: 'is done again where its lease was lost' },
  },
  {
    name: 'fence-needs-create',
    description: 'a role that may create no table cannot require a fencing token',
    patches: [
      { file: `${ONCE}/fencing-token.ts`, find: "if (table?.['found'] !== true) {", replace: 'if (table !== null) {' },
    ],
    detectedBy: {
      spec: FENCE,
      test: 'goes on with a row, and creates nothing where its table is there',
    },
  },
  {
    name: 'fences-created-at-once',
    description: 'of two that create the table of fencing tokens at the same time, one fails',
    patches: [{ file: `${ONCE}/fencing-token.ts`, find: 'await query(LOCK, []);', replace: '' }],
    detectedBy: { spec: FENCE, test: 'creates its table where it is missing, one at a time' },
  },
  {
    name: 'fence-lets-stale-by',
    description: 'a holder whose fencing token is lower than the one that has written writes all the same',
    patches: [
      {
        file: `${ONCE}/fencing-token.ts`,
        find: 'WHERE stored.fencing_token <= EXCLUDED.fencing_token RETURNING',
        replace: 'RETURNING',
      },
    ],
    detectedBy: { spec: FENCE, test: 'refuses a lower fencing token, and writes nothing of it' },
  },
  {
    name: 'fence-counts-repeats',
    description: 'a holder that writes a second time under its fencing token is refused',
    patches: [
      {
        file: `${ONCE}/fencing-token.ts`,
        find: 'stored.fencing_token <= EXCLUDED.fencing_token',
        replace: 'stored.fencing_token < EXCLUDED.fencing_token',
      },
    ],
    detectedBy: { spec: FENCE, test: 'takes the same fencing token again, and a higher one' },
  },
  {
    name: 'failure-is-done',
    description: 'a task that failed is recorded as done',
    patches: [
      {
        file: `${ONCE}/run-once.ts`,
        find: '      await failed(error);\n      return false;',
        replace: '      await failed(error);',
      },
    ],
    detectedBy: { spec: RUN_ONCE, test: 'tells a failure and tries again until it is done' },
  },
  {
    name: 'ready-before-done',
    description: 'a replica is ready while another one migrates',
    patches: [
      {
        file: 'libs/state/src/nest/run-once.runner.ts',
        find: 'firstReady: () => this.done(),',
        replace: 'firstReady: async () => undefined,',
      },
    ],
    detectedBy: { spec: MODULE, test: 'lets the application listen where somebody waits for readiness, which waits' },
  },
  {
    name: 'serves-before-done',
    description: 'an application in which nobody waits for readiness serves before it has migrated',
    patches: [
      {
        file: 'libs/state/src/nest/run-once.runner.ts',
        find: '?? !this.isAwaited())',
        replace: '?? this.isAwaited())',
      },
    ],
    detectedBy: { spec: MODULE, test: 'holds the start of an application in which nobody waits' },
  },
];
