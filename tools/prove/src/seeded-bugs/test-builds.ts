import type { SeededBug } from './seeded-bug.ts';

/**
 * A TestBuild is what a scenario needs an app to do and what no app may do for its users. It is compiled in as a seeded bug is:
 * nothing of it is in the sources, and no setting switches it on.
 */
export type TestBuild = Pick<SeededBug, 'name' | 'description' | 'app' | 'patches'>;

/** toldJobs is a worker whose `demo` jobs do what their text says: `sleep 400 …`, or `poison …`. */
export const toldJobs: TestBuild = {
  name: 'told-jobs',
  description: 'a job `sleep <ms>` takes that long and is counted by an effect, a job `poison` kills its worker',
  app: 'worker',
  patches: [
    {
      file: 'apps/worker/src/demo/demo.handler.ts',
      find: `    log.info({ job: payload.job }, 'demo job');\n`,
      // The line of a turn is written at its end, so the end of the process waits for it.
      replace: `    log.info({ event: 'told_job.started', job: payload.job }, 'demo job');
    const [told, ms] = payload.job.split(' ');
    if (told === 'sleep' || told === 'poison') {
      await new Promise((resolve) => setTimeout(resolve, told === 'sleep' ? Number(ms) : 50));
      if (told === 'poison') process.kill(process.pid, 'SIGKILL');
      await once('told', [{ incrBy: 'told' }]);
      return { job: payload.job, value_key: 'none', written: 'nothing' };
    }\n`,
    },
  ],
};

export const testBuilds: readonly TestBuild[] = [toldJobs];
