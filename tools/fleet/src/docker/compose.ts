import { join } from 'node:path';
import type { CommandContext } from '../core/context.ts';
import type { DockerPaths } from './paths.ts';
import { mustRun, runProgram, type Runner } from './run.ts';

/** What of a person's own Compose settings would make it another fleet. */
const foreign = /^COMPOSE_(FILE|PROJECT_NAME|PROFILES|ENV_FILES|PROJECT_DIRECTORY)$|^(MAKE|MFLAGS$|NODE_OPTIONS$)/;

const composeEnv = (env: NodeJS.ProcessEnv, own: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name))),
  ...own,
});

/** Compose is `docker compose` over the model that was stored when the fleet came up. */
export class Compose {
  readonly project: string;
  readonly signal: AbortSignal | undefined;
  readonly root: string;
  private readonly paths: DockerPaths;
  readonly runner: Runner;

  constructor(
    { root }: Pick<CommandContext, 'root'>,
    paths: DockerPaths,
    project: string,
    { signal, runner = runProgram }: { signal?: AbortSignal | undefined; runner?: Runner } = {},
  ) {
    this.root = root;
    this.paths = paths;
    this.project = project;
    this.signal = signal;
    this.runner = runner;
  }

  args(...args: readonly string[]): string[] {
    return ['compose', '--ansi', 'never', '-p', this.project, '-f', this.paths.model, ...args];
  }

  /** @throws StackFault docker_failed, no_docker, interrupted */
  run(limitMs: number, ...args: readonly string[]): Promise<string> {
    const name = `docker compose ${args.find((word) => !word.startsWith('-')) ?? ''}`;
    const options = { name, limitMs, cwd: this.root, env: composeEnv(process.env), signal: this.signal };
    return mustRun(this.runner, 'docker', this.args(...args), options);
  }

  /** The compose files with every variable filled in, as JSON. @throws StackFault docker_failed */
  resolve(files: readonly string[], own: Readonly<Record<string, string>>, limitMs: number): Promise<string> {
    const options = {
      name: 'docker compose config',
      limitMs,
      cwd: this.root,
      env: composeEnv(process.env, { COMPOSE_PROJECT_NAME: this.project, ...own }),
      signal: this.signal,
    };
    const named = files.flatMap((file) => ['-f', join(this.root, file)]);
    return mustRun(
      this.runner,
      'docker',
      ['compose', '-p', this.project, ...named, 'config', '--format', 'json'],
      options,
    );
  }

  /** The same under another signal; without one, for what cleans up after an interrupt. */
  with(signal?: AbortSignal): Compose {
    return new Compose({ root: this.root }, this.paths, this.project, { runner: this.runner, signal });
  }
}
