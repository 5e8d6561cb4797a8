import { resolve } from 'node:path';
import { readFleetOptions, type FleetOptions } from './options.ts';

/** CommandContext is what every command reads of its environment, once. */
export interface CommandContext {
  /** The repository. */
  readonly root: string;
  /** The stack folder as it was named; absolute, may not exist. */
  readonly stackDir: string;
  /** Bundles, and whether they are this repository's own and built by `up`. */
  readonly appsDir: string;
  readonly buildsApps: boolean;
  readonly publicHost: string;
  readonly namespace: string;
  readonly fsync: 'everysec' | 'always' | 'no';
  /** For a server or a replica on the local engine. */
  readonly readyWithinMs: number;
  /** For all containers together. */
  readonly allReadyWithinMs: number;
  /** The process with which a fleet on the local engine ends; NaN for none. */
  readonly ownerPid: number;
  /** Engine, edge proxy and overlays, as the environment names them. */
  readonly options: FleetOptions;
  readonly print: (line: string) => void;
}

const READY_WITHIN_MS = 60_000;
/** All containers start at the same time, and each waits for those before it. */
const ALL_READY_WITHIN_MS = 150_000;

export function commandContext(root: string, env: NodeJS.ProcessEnv, print: (line: string) => void): CommandContext {
  const appsDir = env['STACK_APPS_DIR'];
  const fsync = env['STACK_REDIS_FSYNC'];
  return {
    root,
    stackDir: resolve(root, env['STACK_DIR'] || '.stack'),
    appsDir: resolve(root, appsDir || 'dist/apps'),
    buildsApps: !appsDir,
    publicHost: env['PUBLIC_HOST'] || '127.0.0.1',
    namespace: env['NAMESPACE'] || 'nf',
    fsync: fsync === 'always' || fsync === 'no' ? fsync : 'everysec',
    readyWithinMs: Number(env['STACK_READY_WITHIN_MS']) || READY_WITHIN_MS,
    allReadyWithinMs: Number(env['STACK_READY_WITHIN_MS']) || ALL_READY_WITHIN_MS,
    ownerPid: Number(env['STACK_OWNER_PID'] || NaN),
    options: readFleetOptions(env),
    print,
  };
}
