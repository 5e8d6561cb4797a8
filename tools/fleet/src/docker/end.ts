import { rmSync } from 'node:fs';
import type { CommandContext } from '../core/context.ts';
import { SERVICE_NAMES } from '@nestfleet/contracts';
import { Compose } from './compose.ts';
import { containersOf } from './engine.ts';
import { writeChoice, type DockerPaths, type StackChoice } from './paths.ts';
import { mustRun, runProgram } from './run.ts';

/** Longer than the slowest chain of containers takes that use all of their grace periods. */
const DOWN_WITHIN_MS = 300_000;
const REMOVE_WITHIN_MS = 30_000;

/** endFleet ends the containers in order and removes them and their networks; volumes stay. @throws StackFault */
export async function endFleet(context: CommandContext, paths: DockerPaths, choice: StackChoice): Promise<void> {
  const compose = new Compose(context, paths, choice.project);
  await compose.run(DOWN_WITHIN_MS, 'down', '--remove-orphans');
  writeChoice(paths, { ...choice, up: false });
}

export async function down(context: CommandContext, paths: DockerPaths, choice: StackChoice): Promise<void> {
  const startMs = performance.now();
  const count = (await containersOf(choice.project)).length;
  await endFleet(context, paths, choice);
  context.print(count === 0 ? 'no fleet is up' : `down (${((performance.now() - startMs) / 1_000).toFixed(1)} s)`);
}

/** Those of earlier starts with other overlays too, which the compose files of the last one do not know. */
async function removeVolumes(project: string): Promise<void> {
  const options = { limitMs: REMOVE_WITHIN_MS };
  const filter = `label=com.docker.compose.project=${project}`;
  const listed = await mustRun(runProgram, 'docker', ['volume', 'ls', '--quiet', '--filter', filter], options);
  const names = listed.split('\n').filter((name) => name !== '');
  if (names.length > 0) await mustRun(runProgram, 'docker', ['volume', 'rm', ...names], options);
}

/** clean ends the fleet, if it is up, and removes its volumes, its images and the secrets that were made for it. */
export async function clean(context: CommandContext, paths: DockerPaths, choice: StackChoice): Promise<void> {
  await endFleet(context, paths, choice);
  await removeVolumes(choice.project);
  if (choice.own_tag !== null) {
    const images = SERVICE_NAMES.map((service) => `nestfleet/${service}:${choice.own_tag}`);
    // One that was never built is none to remove.
    await runProgram('docker', ['image', 'rm', ...images], { limitMs: REMOVE_WITHIN_MS });
  }
  if (choice.own_secrets !== null) rmSync(choice.own_secrets, { recursive: true, force: true });
  rmSync(paths.dir, { recursive: true, force: true });
  context.print('volumes, images and secrets removed');
}
