import { mkdirSync, realpathSync } from 'node:fs';
import type { CommandContext } from '../core/context.ts';
import { newChoice } from './choice.ts';
import type { Container } from './containers.ts';
import { containersOf } from './engine.ts';
import { dockerPaths, readChoice, type DockerPaths, type StackChoice } from './paths.ts';

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
