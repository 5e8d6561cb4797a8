import { containerFleet } from '@nestfleet/contracts';
import type { CommandContext } from '../core/context.ts';
import { displayName, type Container } from './containers.ts';
import { addressLines } from './addresses.ts';
import { containersOf } from './engine.ts';
import { fleetOf } from './fleet-of.ts';
import { fleetTable } from '../core/table.ts';
import { readInstanceIds } from './instance-ids.ts';
import type { StackChoice } from './paths.ts';
import { secretsOf } from './prepare.ts';
import { runProgram } from './run.ts';

const LOOK_WITHIN_MS = 10_000;

/** ps shows what is running: a table and addresses for people, or the fleet's state for programs. @throws StackFault */
export async function ps(context: CommandContext, choice: StackChoice, { json }: { json: boolean }): Promise<void> {
  const { print } = context;
  const containers = await containersOf(choice.project);
  if (containers.length === 0) return print(json ? 'null' : 'no fleet is up');
  if (!json) return show(context, choice, containers, { table: true });
  const fleet = fleetOf(containers, choice, await readInstanceIds(containers));
  print(JSON.stringify(containerFleet.parse(fleet), null, 2));
}

export const showFleet = async (
  context: CommandContext,
  choice: StackChoice,
  what: { table: boolean },
): Promise<void> => show(context, choice, await containersOf(choice.project), what);

function show(
  context: CommandContext,
  choice: StackChoice,
  containers: readonly Container[],
  { table }: { table: boolean },
): void {
  const { print } = context;
  const fleet = fleetOf(containers, choice);
  const secrets = secretsOf(context, choice);
  if (table) for (const line of fleetTable(fleet, Date.now())) print(line);
  for (const line of addressLines(fleet, containers, { balancer: choice.balancer, secrets })) print(line);
}

/** staleReplicas are the replicas that run another image than their tag names by now. */
export async function staleReplicas(containers: readonly Container[]): Promise<string[]> {
  const tags = [...new Set(containers.map(({ image }) => image))];
  const args = ['image', 'inspect', '-f', '{{.Id}}'];
  const ids = new Map<string, string>();
  for (const tag of tags)
    ids.set(tag, (await runProgram('docker', [...args, tag], { limitMs: LOOK_WITHIN_MS })).stdout.trim());
  return containers.filter(({ image, imageId }) => (ids.get(image) || imageId) !== imageId).map(displayName);
}
