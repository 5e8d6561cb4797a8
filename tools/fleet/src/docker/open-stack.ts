import { mkdirSync, realpathSync } from 'node:fs';
import type { CommandContext } from '../cli/context.ts';
import { freshChoice } from './choice.ts';
import type { Container } from './containers.ts';
import { containersOf } from './engine.ts';
import { dockerPlace, readChoice, type DockerPlace, type StackChoice } from './place.ts';

export interface OpenStack {
  readonly place: DockerPlace;
  /** Empty when no fleet is up. */
  readonly running: readonly Container[];
  /** That of the fleet that is up, else a fresh one. */
  readonly choice: StackChoice;
}

/** The folder of a stack, made where it is missing, and the fleet that is up in it. @throws StackFault docker_failed */
export async function openStack(context: CommandContext, signal: AbortSignal): Promise<OpenStack> {
  mkdirSync(context.stackDir, { recursive: true, mode: 0o700 });
  const place = dockerPlace(realpathSync(context.stackDir));
  mkdirSync(place.dir, { recursive: true, mode: 0o700 });
  const kept = readChoice(place);
  const running = kept?.up === true ? await containersOf(kept.project, { signal }) : [];
  const isUp = kept !== undefined && running.length > 0;
  return { place, running, choice: isUp ? kept : freshChoice(context, place, process.env) };
}
