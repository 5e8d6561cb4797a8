import { resolve } from 'node:path';
import { parseCommand, type Command } from './core/command.ts';
import { buildAll } from './cli/build.ts';
import { commandContext, type CommandContext } from './core/context.ts';
import { drain } from './cli/drain.ts';
import { clean, down } from './cli/end.ts';
import { engineFor } from './cli/engine-for.ts';
import { logs } from './cli/logs.ts';
import { requestSupervisor } from './cli/request.ts';
import { ps } from './cli/ps.ts';
import { restart } from './cli/restart.ts';
import { up } from './cli/up.ts';
import { dockerStack, runOnDocker } from './docker/commands.ts';
import { messageOf } from './servers/errors.ts';

// The commands behind the Makefile: node tools/fleet/src/cli.ts <command> [options]

async function run(command: Command, context: CommandContext): Promise<void> {
  // What containers left may be removed long after they have ended.
  const wereContainers = command.name === 'clean' && dockerStack(context) !== undefined;
  if (!wereContainers && (await engineFor(context, command)) === 'local') return runLocally(command, context);
  await runOnDocker(context, command);
  if (command.name === 'clean') await clean({ ...context, print: () => undefined });
}

async function runLocally(command: Command, context: CommandContext): Promise<void> {
  switch (command.name) {
    case 'up':
      return up(context, command);
    case 'scale':
      await requestSupervisor(context, { do: 'scale', service: command.service, count: command.count });
      return ps(context, { name: 'ps', json: false });
    case 'restart':
      return restart(context, command);
    case 'ps':
      return ps(context, command);
    case 'logs':
      return logs(context, command);
    case 'stop-server':
      return requestSupervisor(context, { do: 'server', name: command.server, how: command.kill ? 'kill' : 'stop' });
    case 'start-server':
      return requestSupervisor(context, { do: 'server', name: command.server, how: 'start' });
    case 'drain':
    case 'undrain':
      return drain(context, command);
    case 'reload':
      return requestSupervisor(context, { do: 'reload' });
    case 'down':
      return down(context);
    case 'clean':
      return clean(context);
    case 'build':
      return buildAll(context);
  }
}

const root = resolve(import.meta.dirname, '../../..');
// `make logs | head` closes the pipe early; that is no fault.
process.stdout.on('error', () => process.exit(0));
try {
  const context = commandContext(root, process.env, (line) => console.log(line));
  await run(parseCommand(process.argv.slice(2), process.env), context);
} catch (fault) {
  console.error(`stack: ${messageOf(fault)}`);
  process.exitCode = 1;
}
