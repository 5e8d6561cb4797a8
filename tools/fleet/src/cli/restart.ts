import type { Command } from '../core/command.ts';
import { buildApps, checkBuilt } from './build.ts';
import type { CommandContext } from '../core/context.ts';
import { connectFleet, requestSupervisor } from './request.ts';
import { ps } from './ps.ts';

/** restart builds, then replaces the replicas of each service one after the other. @throws StackFault */
export async function restart(
  context: CommandContext,
  { services }: Extract<Command, { name: 'restart' }>,
): Promise<void> {
  // Asked before the build, which takes a while.
  (await connectFleet(context)).destroy();
  if (context.buildsApps) await buildApps(context);
  checkBuilt(context.appsDir);
  for (const service of services) await requestSupervisor(context, { do: 'restart', service });
  return ps(context, { name: 'ps', json: false });
}
