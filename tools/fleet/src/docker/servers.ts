import type { CommandContext } from '../core/context.ts';
import { StackFault } from '../core/faults.ts';
import { Compose } from './compose.ts';
import { containersOf } from './engine.ts';
import type { Stack } from './paths.ts';
import { bringUp } from './wait.ts';

const STOP_WITHIN_MS = 60_000;

/** setServer injects a fault: Redis or Consul is down until it is started again, with its data. @throws StackFault */
export async function setServer(
  context: CommandContext,
  { paths, choice, signal }: Stack,
  { name, how }: { name: 'redis' | 'consul'; how: 'stop' | 'kill' | 'start' },
): Promise<void> {
  if ((await containersOf(choice.project)).length === 0)
    throw new StackFault('not_running', 'no fleet is up here: make up');
  const compose = new Compose(context, paths, choice.project, { signal });
  const say = (line: string): void => context.print(`  ${line}`);
  if (how === 'start') {
    const args = ['--no-deps', '--no-recreate', name];
    return bringUp(compose, args, { wanted: { [name]: 1 }, withinMs: context.allReadyWithinMs, say });
  }
  await compose.run(STOP_WITHIN_MS, how, name);
  say(`${name} is ${how === 'kill' ? 'killed' : 'stopped'}, until make start-server NAME=${name}`);
}
