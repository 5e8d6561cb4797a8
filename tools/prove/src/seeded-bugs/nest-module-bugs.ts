import type { SuiteBug } from './suite-bug.ts';

const JOBS = 'libs/jobs/src/nest';
const DISCOVERY = 'libs/discovery/src/nest';
const JOBS_IN_NEST = 'libs/jobs/test/nest.integration.spec.ts';

/** What the Nest modules promise of an application's start and end. */
export const nestModuleBugs: readonly SuiteBug[] = [
  {
    name: 'consumers-not-paused',
    description: 'an application that shuts down takes jobs until its last hooks',
    patches: [{ file: `${JOBS}/job-consumers.ts`, find: 'return this.pause();', replace: 'return Promise.resolve();' }],
    detectedBy: { spec: JOBS_IN_NEST, test: 'takes no job any more while it shuts down' },
  },
  {
    name: 'job-not-released',
    description: 'an application ends with a job running, which waits until its lock expires',
    patches: [
      {
        file: `${JOBS}/job-consumers.ts`,
        find: 'return this.close(this.shutdownTimeoutMs);',
        replace: 'return Promise.resolve();',
      },
      { file: `${JOBS}/jobs.owner.ts`, find: 'if (this.isOurs) await this.jobs.close();', replace: '' },
    ],
    detectedBy: { spec: JOBS_IN_NEST, test: 'releases what does not end in its time' },
  },
  {
    name: 'start-given-up',
    description:
      'jobs that cannot be taken at the start of an application, because somebody else takes them, are never taken',
    patches: [
      {
        file: `${JOBS}/job-consumers.ts`,
        find: 'else if (this.closing === undefined) this.startAgain =',
        replace: 'else if (this.processors.length === 0) this.startAgain =',
      },
    ],
    detectedBy: {
      spec: `${JOBS}/job-consumers.spec.ts`,
      test: 'says once that jobs of a queue cannot be taken',
    },
  },
  {
    name: 'processor-twice',
    description: 'an application starts with two processors of one queue, of which one runs',
    patches: [{ file: `${JOBS}/processors.ts`, find: 'if (other !== undefined)', replace: 'if (other === className)' }],
    detectedBy: { spec: `${JOBS}/processors.spec.ts`, test: 'refuses a queue with two' },
  },
  {
    name: 'scoped-processor',
    description: 'a processor that needs a request is called without one',
    patches: [
      {
        file: `${JOBS}/processors.ts`,
        find: 'if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient)',
        replace: 'if (wrapper.isTransient)',
      },
    ],
    detectedBy: { spec: `${JOBS}/processors.spec.ts`, test: 'refuses a processor that needs a request' },
  },
  {
    name: 'entry-outlives-server',
    description: 'the entry of an application is in the catalog when its server has closed',
    patches: [
      {
        file: `${DISCOVERY}/replica-registration.ts`,
        find: 'await withDeadline(this.withdraw(), WITHDRAW_MS).catch(() => undefined);',
        replace: 'setImmediate(() => void this.withdraw().catch(() => undefined));',
      },
    ],
    detectedBy: {
      spec: `${DISCOVERY}/replica-registration.spec.ts`,
      test: 'asks callers to leave it alone, then withdraws, while it still listens',
    },
  },
  {
    name: 'transport-unasked',
    description: 'an application starts whose client has no transport',
    patches: [
      { file: `${DISCOVERY}/client-transport.ts`, find: 'if (asking === undefined) return;', replace: 'return;' },
    ],
    detectedBy: { spec: `${DISCOVERY}/client-transport.spec.ts`, test: 'OfConstructor' },
  },
];
