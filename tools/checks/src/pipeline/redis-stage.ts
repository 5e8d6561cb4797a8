import { join } from 'node:path';
import { EXIT_UNAVAILABLE } from '../exit-codes.ts';
import { runChild } from './child.ts';
import { type Counts, none, oneFailed, sum } from './counts.ts';
import { jestStage } from './jest-stage.ts';
import { printLog } from './log-tail.ts';
import type { Stage, StageContext } from './stage.ts';

export interface RedisStageOptions {
  readonly name: string;
  /** Nx target whose command runs Jest with servers of its own. */
  readonly target: string;
  /** Those that talk to Redis themselves. */
  readonly projects: readonly string[];
  /** Names for NESTFLEET_REDIS_FLAVOUR; none: the stage is skipped, and says so. */
  readonly flavours: readonly string[];
  readonly timeLimitMs: number;
}

/** The tests of some projects once more, over each of several servers that speak the protocol of Redis. */
export function redisStage({ name, target, projects: names, flavours, timeLimitMs }: RedisStageOptions): Stage {
  return {
    name,
    timeLimitMs,
    hasServers: false,
    mayLackAll: true,
    async run(context) {
      const projects = context.projects.filter((project) => names.includes(project.name));
      if (projects.length === 0) return none;
      if (flavours.length === 0) {
        context.print(`  ${name.toUpperCase()} IS RUN BY HAND: NOTHING IS TESTED WITH OTHER SERVERS`);
        return { ...none, skipped: 1 };
      }
      const results: Counts[] = [];
      for (const flavour of flavours) {
        context.print(`  ${flavour}`);
        // What is named in the environment would be tested in its place.
        const env = { NESTFLEET_REDIS_FLAVOUR: flavour, NESTFLEET_REDIS_SERVER: '', REDIS_URL: '' };
        const stage = { name: `${name}-${flavour}`, target, timeLimitMs, parallel: 2, hasServers: true, env };
        const had = await fetch(context, stage);
        results.push(had ?? (await jestStage(stage).run({ ...context, projects })));
      }
      return sum(results);
    },
  };
}

/** Fetches the server, where it is not in the cache; undefined once it has run. */
async function fetch(
  { workspace, folder, signal, print, noteFailure }: StageContext,
  { name, env }: { readonly name: string; readonly env: Readonly<Record<string, string>> },
): Promise<Counts | undefined> {
  const logFile = join(folder, `${name}-server.log`);
  const command = `"${process.execPath}" tools/fleet/src/with-servers.ts true`;
  const code = await runChild(command, { cwd: workspace.root, env, logFile, signal });
  if (code === 0) return undefined;
  printLog(logFile, print);
  if (code === EXIT_UNAVAILABLE) {
    print(`  ${name.toUpperCase()} CANNOT BE HAD HERE: NOTHING IS TESTED WITH IT`);
    return { ...none, skipped: 1 };
  }
  noteFailure(`${name}: its server does not start`);
  return oneFailed;
}
