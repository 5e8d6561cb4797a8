import { existsSync, realpathSync } from 'node:fs';
import type { Command } from '../core/command.ts';
import type { CommandContext } from '../core/context.ts';
import { StackFault } from '../core/faults.ts';
import { build } from './build.ts';
import { clean, down } from './end.ts';
import { drain } from './drain.ts';
import { logs } from './logs.ts';
import { dockerPaths, readChoice, type Stack } from './paths.ts';
import { ps } from './ps.ts';
import { restart } from './restart.ts';
import { scale } from './scale.ts';
import { setServer } from './servers.ts';
import { up } from './up.ts';

/** dockerStack reads what is kept of a stack folder's containers, undefined when there never were any. */
export function dockerStack({ stackDir }: Pick<CommandContext, 'stackDir'>): Omit<Stack, 'signal'> | undefined {
  if (!existsSync(stackDir)) return undefined;
  const paths = dockerPaths(realpathSync(stackDir));
  const choice = readChoice(paths);
  return choice && { paths, choice };
}

/** runOnDocker runs a command for the fleet of containers. @throws StackFault */
export async function runOnDocker(context: CommandContext, command: Command): Promise<void> {
  const { signal, release } = interrupts();
  try {
    if (command.name === 'up') return await up(context, command, signal);
    if (command.name === 'build') return await build(context, signal);
    const stack = dockerStack(context);
    if (stack === undefined) return withoutStack(context, command);
    await run(context, { ...stack, signal }, command);
  } finally {
    release();
  }
}

async function run(context: CommandContext, stack: Stack, command: Command): Promise<void> {
  const { paths, choice } = stack;
  switch (command.name) {
    case 'scale':
      await scale(context, stack, command);
      return ps(context, choice, { json: false });
    case 'restart':
      await restart(context, stack, command.services);
      return ps(context, choice, { json: false });
    case 'ps':
      return ps(context, choice, command);
    case 'logs':
      return logs(context, stack, command);
    case 'stop-server':
      return setServer(context, stack, { name: command.server, how: command.kill ? 'kill' : 'stop' });
    case 'start-server':
      return setServer(context, stack, { name: command.server, how: 'start' });
    case 'drain':
    case 'undrain':
      return drain(context, choice, command);
    case 'down':
      return down(context, paths, choice);
    case 'clean':
      return clean(context, paths, choice);
    case 'reload':
      throw new StackFault(
        'bad_argument',
        'of containers the edge proxy is replaced: docker compose up --force-recreate edge-proxy',
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

/** interrupts turns Ctrl-C and SIGTERM into an AbortSignal; a second one ends this process as it always does. */
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
