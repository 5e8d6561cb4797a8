import type { SeededBug } from './seeded-bug.ts';

/**
 * A TestBuild is what a scenario needs an app to do and what no app may do for its users. It is compiled in as a seeded bug is:
 * nothing of it is in the sources, and no setting switches it on.
 */
export interface TestBuild extends Pick<SeededBug, 'name' | 'description' | 'patches'> {
  /** The apps that it is built into, folders of apps/. */
  readonly apps: readonly string[];
}

/** toldJobs is a worker whose `demo` jobs do what their text says: `sleep 400 …`, or `poison …`. */
export const toldJobs: TestBuild = {
  name: 'told-jobs',
  description:
    'a job `sleep <ms>` takes that long and is counted by an effect half-way, a job `poison` kills its worker',
  apps: ['worker'],
  patches: [
    {
      file: 'apps/worker/src/demo/demo.handler.ts',
      find: `    log.info({ job: payload.job }, 'demo job');\n`,
      // The line of a turn is written at its end, so the end of the process waits for it. A fault meets jobs before their effect,
      // which waits for Redis, and jobs behind it, whose result does.
      replace: `    log.info({ event: 'told_job.started', job: payload.job }, 'demo job');
    const [told, ms] = payload.job.split(' ');
    if (told === 'sleep' || told === 'poison') {
      const half = () => new Promise((resolve) => setTimeout(resolve, told === 'sleep' ? Number(ms) / 2 : 50));
      await half();
      if (told === 'poison') process.kill(process.pid, 'SIGKILL');
      await once('told', [{ incrBy: 'told' }]);
      await half();
      return { job: payload.job, value_key: 'none', written: 'nothing' };
    }\n`,
    },
  ],
};

/** nextPayload is a release in which jobs of `demo` have another payload, in the shape of their version 2. */
export const nextPayload: TestBuild = {
  name: 'next-payload',
  description: 'payloads of `demo` have version 2: a field more, which a payload of version 1 gets when it is lifted',
  apps: ['api', 'worker'],
  patches: [
    {
      file: 'libs/contracts/src/job-descriptors.ts',
      find: `  name: 'demo',
  version: 1,
`,
      replace: `  name: 'demo',
  version: 2,
  upcast: { 1: (payload) => ({ ...payload, copies: 1 }) },
`,
    },
    {
      file: 'libs/contracts/src/job-descriptors.ts',
      find: `.describe('Any text; the worker echoes it') })
    .meta({ id: 'DemoPayload'`,
      // Clients of before know nothing of it; a worker of before refuses it.
      replace: `.describe('Any text; the worker echoes it'), copies: z.int().min(1).default(2) })
    .meta({ id: 'DemoPayload'`,
    },
  ],
};

/** nextLayout is the release that writes layout 2 of the state, as the next one will. */
export const nextLayout: TestBuild = {
  name: 'next-layout',
  description: 'layout 2 of the state is written unless told',
  apps: ['api'],
  patches: [
    {
      file: 'apps/api/src/api.config.ts',
      find: 'STATE_LAYOUT: wholeNumber(1, 2).prefault(1)',
      replace: 'STATE_LAYOUT: wholeNumber(1, 2).prefault(2)',
    },
  ],
};

export const testBuilds: readonly TestBuild[] = [toldJobs, nextPayload, nextLayout];
