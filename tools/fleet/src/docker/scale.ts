import type { ServiceName } from '@nestfleet/contracts';
import type { CommandContext } from '../core/context.ts';
import { StackFault } from '../core/faults.ts';
import { Compose } from './compose.ts';
import { checkCount, readModel, scaleArgs } from './compose-model.ts';
import { containersOf } from './engine.ts';
import type { Stack } from './paths.ts';
import { mustRun, runProgram } from './run.ts';
import { bringUp } from './wait.ts';

const REMOVE_WITHIN_MS = 60_000;

/**
 * scale makes more or fewer replicas of one service; nothing else is looked at, so nothing else changes. A new one that does
 * not get ready is removed again. @throws StackFault
 */
export async function scale(
  context: CommandContext,
  { paths, choice, signal }: Stack,
  { service, count }: { service: ServiceName; count: number },
): Promise<void> {
  const before = await containersOf(choice.project, { signal });
  if (before.length === 0) throw new StackFault('not_running', 'no fleet is up here: make up');
  checkCount(readModel(paths), service, count);
  const compose = new Compose(context, paths, choice.project, { signal });
  const wanted = { [service]: count };
  const args = ['--no-deps', '--no-recreate', ...scaleArgs(wanted), service];
  const say = (line: string): void => context.print(`  ${line}`);
  try {
    await bringUp(compose, args, { wanted, withinMs: context.allReadyWithinMs, say });
  } catch (fault) {
    const old = new Set(before.map(({ id }) => id));
    const added = (await containersOf(choice.project)).filter((each) => each.service === service && !old.has(each.id));
    if (added.length > 0) {
      say(`rolling back: removing ${added.map(({ name }) => name).join(', ')}`);
      const ids = added.map(({ id }) => id);
      await mustRun(runProgram, 'docker', ['rm', '--force', ...ids], { limitMs: REMOVE_WITHIN_MS });
    }
    throw fault;
  }
}
