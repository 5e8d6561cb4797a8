import type { ServiceName } from '@nestfleet/contracts';
import type { CommandContext } from '../cli/context.ts';
import { readText } from '../logs/log-file.ts';
import { StackFault } from '../faults.ts';
import { Compose } from './compose.ts';
import { checkCount, parseModel, scaleArgs } from './compose-model.ts';
import { containersOf } from './engine.ts';
import type { DockerPlace, StackChoice } from './place.ts';
import { mustRun, runProgram } from './run.ts';
import { bringUp } from './wait.ts';

const REMOVE_WITHIN_MS = 60_000;

/**
 * More or fewer replicas of one service; nothing else is looked at, so nothing else changes. A new one that does not get
 * ready is taken back. @throws StackFault
 */
export async function scale(
  context: CommandContext,
  { place, choice, signal }: { place: DockerPlace; choice: StackChoice; signal: AbortSignal },
  { service, count }: { service: ServiceName; count: number },
): Promise<void> {
  const before = await containersOf(choice.project, { signal });
  if (before.length === 0) throw new StackFault('not_running', 'no fleet is up here: make up');
  checkCount(parseModel(readText(place.model) ?? '{"services":{}}'), service, count);
  const compose = new Compose(context, place, choice.project, { signal });
  const wanted = { [service]: count };
  const args = ['--no-deps', '--no-recreate', ...scaleArgs(wanted), service];
  const say = (line: string): void => context.print(`  ${line}`);
  try {
    await bringUp(compose, args, { wanted, withinMs: context.allReadyWithinMs, say });
  } catch (fault) {
    const old = new Set(before.map(({ id }) => id));
    const born = (await containersOf(choice.project)).filter((each) => each.service === service && !old.has(each.id));
    if (born.length > 0) {
      say(`taking back ${born.map(({ name }) => name).join(', ')}`);
      const ids = born.map(({ id }) => id);
      await mustRun(runProgram, 'docker', ['rm', '--force', ...ids], { limitMs: REMOVE_WITHIN_MS });
    }
    throw fault;
  }
}
