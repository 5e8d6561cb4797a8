import type { ServiceName } from '@nestfleet/contracts';
import type { CommandContext } from '../core/context.ts';
import { countsOf, defaultCounts, formatCounts } from '../core/services.ts';
import { checkUnchanged, openStack } from './choice.ts';
import { Compose } from './compose.ts';
import { readModel, scaleArgs, wantedOf } from './compose-model.ts';
import type { Container } from './containers.ts';
import { publicPortOf } from './addresses.ts';
import { containersOf } from './engine.ts';
import { endFleet } from './end.ts';
import { buildImages, checkPorts, fillIn, freePublicPort, haveImages, makeSecrets, secretsOf } from './prepare.ts';
import { writeChoice, type DockerPaths, type StackChoice } from './paths.ts';
import { showFleet, staleReplicas } from './ps.ts';
import { bringUp } from './wait.ts';

interface UpRequest {
  readonly counts: Partial<Record<ServiceName, number>>;
  readonly port?: number;
}

const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`;

/** up builds, starts what does not run yet, and returns when all is ready. @throws StackFault */
export async function up(context: CommandContext, request: UpRequest, signal: AbortSignal): Promise<void> {
  const { paths, running, choice } = await openStack(context, signal);
  const startMs = performance.now();
  const isFirst = running.length === 0;
  if (!isFirst) checkUnchanged(context.options, choice, request.port, publicPortOf(running, choice.balancer));
  const compose = new Compose(context, paths, choice.project, { signal });
  await (isFirst
    ? first(context, { paths, compose, choice, request })
    : more(context, { paths, compose, running, request }));

  const containers = await containersOf(choice.project);
  context.print(`${formatCounts(countsOf(containers))} ready (${isFirst ? '' : 'was up, '}${seconds(startMs)} in all)`);
  await showFleet(context, choice, { table: false });
}

/** A first start: a fault takes down what has come up. */
async function first(
  context: CommandContext,
  {
    paths,
    compose,
    choice,
    request,
  }: { paths: DockerPaths; compose: Compose; choice: StackChoice; request: UpRequest },
): Promise<void> {
  const { print, publicHost } = context;
  await makeSecrets(context, secretsOf(context, choice));
  const port = request.port === 0 ? await freePublicPort(publicHost) : request.port;
  const model = await fillIn(context, compose, { paths, choice, port });
  const wanted = wantedOf(model, { ...defaultCounts, ...request.counts });
  await checkPorts(model);
  // Written before anything is made, so that `down` and `clean` find what a killed command leaves.
  writeChoice(paths, choice);
  try {
    await haveImages(compose, model, print);
    const args = ['--remove-orphans', ...scaleArgs(wanted)];
    await bringUp(compose, args, { wanted, withinMs: context.allReadyWithinMs, say: (line) => print(`  ${line}`) });
  } catch (fault) {
    print('  ending what has been started');
    await endFleet(context, paths, choice);
    throw fault;
  }
}

/** On a fleet that is up nothing restarts; numbers that were named scale. */
async function more(
  context: CommandContext,
  {
    paths,
    compose,
    running,
    request,
  }: { paths: DockerPaths; compose: Compose; running: readonly Container[]; request: UpRequest },
): Promise<void> {
  const { print } = context;
  const model = readModel(paths);
  const counts = { ...countsOf(running), ...request.counts };
  const wanted = wantedOf(model, counts);
  await buildImages(compose, print);
  const args = ['--no-recreate', ...scaleArgs(wanted)];
  await bringUp(compose, args, { wanted, withinMs: context.allReadyWithinMs, say: (line) => print(`  ${line}`) });
  const stale = await staleReplicas(await containersOf(compose.project));
  if (stale.length > 0) print(`older than their images, and staying: ${stale.join(', ')}; make restart renews them`);
}
