import { existsSync, realpathSync } from 'node:fs';
import { chooseEngine, mustAskDocker, type DockerAnswer } from '../docker/choose-engine.ts';
import type { Engine } from '../docker/asked.ts';
import { dockerStack } from '../docker/commands.ts';
import { askDocker, containersOf } from '../docker/engine.ts';
import { stackPlace } from '../stack-place.ts';
import type { Command } from './arguments.ts';
import type { CommandContext } from './context.ts';

/** Which engine's fleet is up in the stack folder, as far as its files tell. */
function remembered({ stackDir }: CommandContext): Engine | undefined {
  if (!existsSync(stackDir)) return undefined;
  const place = stackPlace(realpathSync(stackDir));
  if (existsSync(place.state) || existsSync(place.card)) return 'local';
  return dockerStack({ stackDir })?.choice.up === true ? 'docker' : undefined;
}

/** The engine that a command is for. @throws StackFault */
export async function engineFor(context: CommandContext, { name }: Command): Promise<Engine> {
  const { asked } = context;
  let running = remembered(context);
  // What is built is for the fleet that is up, else for the next one; it may be said to be for the other engine.
  if (name === 'build') return engineToBuildFor(context, asked.engine ?? running);
  if (name !== 'up') {
    // Looking at what never ran, and ending it, needs no engine.
    if (running === undefined) return 'local';
    return chooseEngine({ engine: asked.engine }, running, running === 'docker' ? await askDocker() : undefined);
  }
  const answer = mustAskDocker(asked, running) ? await askDocker() : undefined;
  if (running === 'docker' && !(await isThere(context, answer))) running = undefined;
  const engine = chooseEngine(asked, running, answer);
  if (engine === 'docker' && running === undefined && asked.engine === undefined) sayEngine(context.print, answer);
  return engine;
}

async function engineToBuildFor({ print }: CommandContext, known: Engine | undefined): Promise<Engine> {
  const asked = { engine: known };
  const answer = mustAskDocker(asked, undefined) ? await askDocker() : undefined;
  const engine = chooseEngine(asked, undefined, answer);
  if (engine === 'docker' && known === undefined) sayEngine(print, answer);
  return engine;
}

function sayEngine(print: CommandContext['print'], answer: DockerAnswer | undefined): void {
  print(
    `${answer !== undefined && 'versions' in answer ? answer.versions : 'Docker'} (ENGINE=local takes plain processes)`,
  );
}

/** Containers may have been removed by hand; an engine that is away does not say so, and its fleet counts as there. */
async function isThere(context: CommandContext, answer: DockerAnswer | undefined): Promise<boolean> {
  const stack = dockerStack(context);
  if (stack === undefined || answer === undefined || 'lacks' in answer) return stack !== undefined;
  return (await containersOf(stack.choice.project)).length > 0;
}
