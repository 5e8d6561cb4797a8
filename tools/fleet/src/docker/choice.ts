import { mkdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CommandContext } from '../core/context.ts';
import { StackFault } from '../core/faults.ts';
import type { FleetOptions } from '../core/options.ts';
import type { Container } from './containers.ts';
import { containersOf } from './engine.ts';
import { defaultProject, dockerPaths, readChoice, type DockerPaths, type StackChoice } from './paths.ts';

type Surroundings = Pick<CommandContext, 'root' | 'options'>;

/** namedSecrets is the folder of secrets that a person named: Compose takes it from deploy/, so everything does. */
export const namedSecrets = ({ root }: Pick<CommandContext, 'root'>, env: NodeJS.ProcessEnv): string =>
  resolve(root, 'deploy', env['SECRETS_DIR'] || 'secrets');

/** newChoice is what a first `make up` makes of its options. */
export function newChoice({ root, options }: Surroundings, paths: DockerPaths, env: NodeJS.ProcessEnv): StackChoice {
  const project = options.project ?? defaultProject(root, paths.dir);
  const isClonesOwn = paths.dir === join(root, '.stack/docker');
  return {
    schema: 1,
    up: true,
    project,
    balancer: options.balancer ?? 'gateway',
    tls: options.tls ?? false,
    prometheus: options.prometheus ?? false,
    // Of the clone's own fleet they are where `docker compose` by hand looks for them too.
    own_secrets: env['SECRETS_DIR'] ? null : isClonesOwn ? join(root, 'deploy/secrets') : paths.secrets,
    own_tag: env['NESTFLEET_TAG'] ? null : project,
  };
}

/**
 * checkUnchanged: a fleet that is up stays as it is at another `make up`.
 * @param isPort public port that it has
 * @throws StackFault other_fleet when the options name another one
 */
export function checkUnchanged(
  options: FleetOptions,
  kept: StackChoice,
  port: number | undefined,
  isPort: number | undefined,
): void {
  const differs: string[] = (['balancer', 'tls', 'prometheus', 'project'] as const)
    .filter((name) => options[name] !== undefined && options[name] !== kept[name])
    .map((name) => `${name} ${String(kept[name])}`);
  if (port !== undefined && port !== 0 && port !== isPort) differs.push(`port ${String(isPort)}`);
  if (differs.length > 0)
    throw new StackFault('other_fleet', `the fleet is up with ${differs.join(', ')} and stays; make down first`);
}

export interface OpenStack {
  readonly paths: DockerPaths;
  /** Empty when no fleet is up. */
  readonly running: readonly Container[];
  /** That of the fleet that is up, else a fresh one. */
  readonly choice: StackChoice;
}

/**
 * openStack answers the folder of a stack, made where it is missing, and the fleet that is up in it. @throws StackFault
 * docker_failed
 */
export async function openStack(context: CommandContext, signal: AbortSignal): Promise<OpenStack> {
  mkdirSync(context.stackDir, { recursive: true, mode: 0o700 });
  const paths = dockerPaths(realpathSync(context.stackDir));
  mkdirSync(paths.dir, { recursive: true, mode: 0o700 });
  const kept = readChoice(paths);
  const running = kept?.up === true ? await containersOf(kept.project, { signal }) : [];
  const isUp = kept !== undefined && running.length > 0;
  return { paths, running, choice: isUp ? kept : newChoice(context, paths, process.env) };
}
