import { existsSync, realpathSync } from 'node:fs';
import type { Command } from '../cli/arguments.ts';
import type { CommandContext } from '../cli/context.ts';
import { StackFault } from '../faults.ts';
import { build } from './build.ts';
import { clean, down } from './end.ts';
import { drain } from './drain.ts';
import { logs } from './logs.ts';
import { dockerPlace, readChoice, type DockerPlace, type StackChoice } from './place.ts';
import { ps } from './ps.ts';
import { restart } from './restart.ts';
import { scale } from './scale.ts';
import { setServer } from './servers.ts';
import { up } from './up.ts';

interface Stack {
  readonly place: DockerPlace;
  readonly choice: StackChoice;
}

/** What is remembered of a stack folder's containers, undefined when there never were any. */
export function dockerStack({ stackDir }: Pick<CommandContext, 'stackDir'>): Stack | undefined {
  if (!existsSync(stackDir)) return undefined;
  const place = dockerPlace(realpathSync(stackDir));
  const choice = readChoice(place);
  return choice && { place, choice };
}

/** A command for the fleet of containers. @throws StackFault */
export async function runOnDocker(context: CommandContext, command: Command): Promise<void> {
  const { signal, release } = interrupts();
  try {
    if (command.name === 'up') return await up(context, command, signal);
    if (command.name === 'build') return await build(context, signal);
    const stack = dockerStack(context);
    if (stack === undefined) return withoutStack(context, command);
    await run(context, stack, command, signal);
  } finally {
    release();
  }
}

async function run(context: CommandContext, stack: Stack, command: Command, signal: AbortSignal): Promise<void> {
  const { place, choice } = stack;
  switch (command.name) {
    case 'scale':
      await scale(context, { ...stack, signal }, command);
      return ps(context, choice, { json: false });
    case 'restart':
      await restart(context, { ...stack, signal }, command.services);
      return ps(context, choice, { json: false });
    case 'ps':
      return ps(context, choice, command);
    case 'logs':
      return logs(context, stack, command);
    case 'stop-server':
      return setServer(context, { ...stack, signal }, { name: command.server, how: command.kill ? 'kill' : 'stop' });
    case 'start-server':
      return setServer(context, { ...stack, signal }, { name: command.server, how: 'start' });
    case 'drain':
    case 'undrain':
      return drain(context, choice, command);
    case 'down':
      return down(context, place, choice);
    case 'clean':
      return clean(context, place, choice);
    case 'reload':
      throw new StackFault(
        'bad_argument',
        'of containers the door is replaced: docker compose up --force-recreate door',
      );
    case 'build':
    case 'up':
      throw new StackFault('bad_argument', `${command.name} is no command for a fleet that is up`);
  }
}

function withoutStack({ print }: CommandContext, command: Command): void {
  if (command.name === 'ps' || command.name === 'down' || command.name === 'clean')
    return print(command.name === 'ps' && command.json ? 'null' : 'no fleet is up');
  throw new StackFault('not_running', 'no fleet is up here: make up');
}

/** Ctrl-C and SIGTERM as a signal that commands stop by in order; a second one ends this process as it always does. */
function interrupts(): { signal: AbortSignal; release: () => void } {
  const end = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const stop = (): void => {
    end.abort();
    release();
  };
  const release = (): void => names.forEach((name) => process.off(name, stop));
  for (const name of names) process.on(name, stop);
  return { signal: end.signal, release };
}
