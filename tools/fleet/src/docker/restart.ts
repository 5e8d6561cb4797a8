import type { ServiceName } from '@nestfleet/contracts';
import type { CommandContext } from '../cli/context.ts';
import { shortName } from '../core/services.ts';
import { StackFault } from '../faults.ts';
import { readText } from '../logs/log-file.ts';
import { Compose } from './compose.ts';
import { checkCount, parseModel, scaleArgs, type ComposeModel } from './compose-model.ts';
import { shownName, type Container } from './containers.ts';
import { containersOf } from './engine.ts';
import type { DockerPlace, StackChoice } from './place.ts';
import { buildImages } from './prepare.ts';
import { mustRun, runProgram } from './run.ts';
import { scale } from './scale.ts';
import { bringUp } from './wait.ts';

/** Docker ends a container itself after its `stop_grace_period`, of which the longest is 38 s. */
const STOP_WITHIN_MS = 90_000;

interface Stack {
  readonly place: DockerPlace;
  readonly choice: StackChoice;
  readonly signal: AbortSignal;
}

/**
 * Builds, then replaces the replicas of each service by new ones: one more starts, and once it is ready an old one gets
 * its SIGTERM and leaves. The first new one that does not get ready ends it; the old ones stay. @throws StackFault
 */
export async function restart(context: CommandContext, stack: Stack, services: readonly ServiceName[]): Promise<void> {
  const { place, choice, signal } = stack;
  if ((await containersOf(choice.project, { signal })).length === 0)
    throw new StackFault('not_running', 'no fleet is up here: make up');
  const compose = new Compose(context, place, choice.project, { signal });
  await buildImages(compose, context.print);
  const model = parseModel(readText(place.model) ?? '{"services":{}}');
  for (const service of services)
    await (isDoor(model, service) ? replaceDoor(context, compose, service) : roll(context, stack, model, service));
}

/** A port of the host is for one container. */
const isDoor = ({ services }: ComposeModel, service: ServiceName): boolean =>
  (services[service]?.ports ?? []).length > 0;

async function roll(context: CommandContext, stack: Stack, model: ComposeModel, service: ServiceName): Promise<void> {
  const old = (await containersOf(stack.choice.project)).filter((each) => each.service === service);
  if (old.length > 0) checkCount(model, service, old.length + 1);
  for (const container of old) {
    await scale(context, stack, { service, count: old.length + 1 });
    await leave(container, (line) => context.print(`  ${line}`));
  }
}

async function leave(container: Container, say: (line: string) => void): Promise<void> {
  const startMs = performance.now();
  await mustRun(runProgram, 'docker', ['stop', container.id], { limitMs: STOP_WITHIN_MS });
  await mustRun(runProgram, 'docker', ['rm', container.id], { limitMs: STOP_WITHIN_MS });
  say(`${shownName(container)} has left after ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
}

/** Compose ends the old one and starts the new one in its place. */
async function replaceDoor(context: CommandContext, compose: Compose, service: ServiceName): Promise<void> {
  const say = (line: string): void => context.print(`  ${line}`);
  say(`${shortName(service)} IS THE FRONT DOOR HERE AND THERE CAN BE ONE: until its successor is ready nobody gets in`);
  const wanted = { [service]: 1 };
  const args = ['--no-deps', '--force-recreate', ...scaleArgs(wanted), service];
  await bringUp(compose, args, { wanted, withinMs: context.allReadyWithinMs, say });
}
