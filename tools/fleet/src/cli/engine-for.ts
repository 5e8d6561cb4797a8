import { existsSync } from 'node:fs';
import { chooseEngine, needsDockerStatus, type DockerStatus } from '../docker/choose-engine.ts';
import type { Engine } from '../core/options.ts';
import { dockerStack } from '../docker/commands.ts';
import { detectDocker, containersOf } from '../docker/engine.ts';
import { knownPaths } from '../core/stack-paths.ts';
import type { Command } from '../core/command.ts';
import type { CommandContext } from '../core/context.ts';

/** Which engine's fleet is up in the stack folder, as far as its files tell. */
function runningEngine({ stackDir }: CommandContext): Engine | undefined {
  const paths = knownPaths(stackDir);
  if (paths === undefined) return undefined;
  if (existsSync(paths.state) || existsSync(paths.endpoint)) return 'local';
  return dockerStack({ stackDir })?.choice.up === true ? 'docker' : undefined;
}

/** engineFor is the engine that a command is for. @throws StackFault */
export async function engineFor(context: CommandContext, { name }: Command): Promise<Engine> {
  const { options } = context;
  let running = runningEngine(context);
  // What is built is for the fleet that is up, else for the next one; it may be said to be for the other engine.
  if (name === 'build') return engineToBuildFor(context, options.engine ?? running);
  if (name !== 'up') {
    // Looking at what never ran, and ending it, needs no engine.
    if (running === undefined) return 'local';
    return chooseEngine({ engine: options.engine }, running, running === 'docker' ? await detectDocker() : undefined);
  }
  const answer = needsDockerStatus(options, running) ? await detectDocker() : undefined;
  if (running === 'docker' && !(await isThere(context, answer))) running = undefined;
  const engine = chooseEngine(options, running, answer);
  if (engine === 'docker' && running === undefined && options.engine === undefined) sayEngine(context.print, answer);
  return engine;
}

async function engineToBuildFor({ print }: CommandContext, known: Engine | undefined): Promise<Engine> {
  const options = { engine: known };
  const answer = needsDockerStatus(options, undefined) ? await detectDocker() : undefined;
  const engine = chooseEngine(options, undefined, answer);
  if (engine === 'docker' && known === undefined) sayEngine(print, answer);
  return engine;
}

function sayEngine(print: CommandContext['print'], answer: DockerStatus | undefined): void {
  print(
    `${answer !== undefined && 'versions' in answer ? answer.versions : 'Docker'} (ENGINE=local takes plain processes)`,
  );
}

/** Containers may have been removed by hand; an engine that does not answer cannot say so, and its fleet counts as there. */
async function isThere(context: CommandContext, answer: DockerStatus | undefined): Promise<boolean> {
  const stack = dockerStack(context);
  if (stack === undefined || answer === undefined || 'unavailable' in answer) return stack !== undefined;
  return (await containersOf(stack.choice.project)).length > 0;
}
