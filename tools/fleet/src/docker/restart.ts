import type { ServiceName } from '@nestfleet/contracts';
import type { CommandContext } from '../core/context.ts';
import { shortName } from '../core/services.ts';
import { StackFault } from '../core/faults.ts';
import { Compose } from './compose.ts';
import { checkCount, readModel, scaleArgs, type ComposeModel } from './compose-model.ts';
import { displayName, type Container } from './containers.ts';
import { containersOf } from './engine.ts';
import type { Stack } from './paths.ts';
import { buildImages } from './prepare.ts';
import { mustRun, runProgram } from './run.ts';
import { scale } from './scale.ts';
import { bringUp } from './wait.ts';

/** Docker ends a container itself after its `stop_grace_period`, of which the longest is 38 s. */
const STOP_WITHIN_MS = 90_000;

/**
 * restart builds, then replaces the replicas of each service by new ones: one more starts, and once it is ready an old one
 * gets its SIGTERM and shuts down. The first new one that does not get ready ends it; the old ones stay. @throws StackFault
 */
export async function restart(context: CommandContext, stack: Stack, services: readonly ServiceName[]): Promise<void> {
  const { paths, choice, signal } = stack;
  if ((await containersOf(choice.project, { signal })).length === 0)
    throw new StackFault('not_running', 'no fleet is up here: make up');
  const compose = new Compose(context, paths, choice.project, { signal });
  await buildImages(compose, context.print);
  const model = readModel(paths);
  for (const service of services)
    await (isEdgeProxy(model, service)
      ? replaceEdgeProxy(context, compose, service)
      : roll(context, stack, model, service));
}

/** A port of the host is for one container. */
const isEdgeProxy = ({ services }: ComposeModel, service: ServiceName): boolean =>
  (services[service]?.ports ?? []).length > 0;

async function roll(context: CommandContext, stack: Stack, model: ComposeModel, service: ServiceName): Promise<void> {
  const old = (await containersOf(stack.choice.project)).filter((each) => each.service === service);
  if (old.length > 0) checkCount(model, service, old.length + 1);
  for (const container of old) {
    await scale(context, stack, { service, count: old.length + 1 });
    await stopContainer(container, (line) => context.print(`  ${line}`));
  }
}

async function stopContainer(container: Container, say: (line: string) => void): Promise<void> {
  const startMs = performance.now();
  await mustRun(runProgram, 'docker', ['stop', container.id], { limitMs: STOP_WITHIN_MS });
  await mustRun(runProgram, 'docker', ['rm', container.id], { limitMs: STOP_WITHIN_MS });
  say(`${displayName(container)} has shut down after ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
}

/** Compose ends the old one and starts the new one in its place. */
async function replaceEdgeProxy(context: CommandContext, compose: Compose, service: ServiceName): Promise<void> {
  const say = (line: string): void => context.print(`  ${line}`);
  say(`warning: ${shortName(service)} is the only edge proxy here: until its successor is ready no request is served`);
  const wanted = { [service]: 1 };
  const args = ['--no-deps', '--force-recreate', ...scaleArgs(wanted), service];
  await bringUp(compose, args, { wanted, withinMs: context.allReadyWithinMs, say });
}
