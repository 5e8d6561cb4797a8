import { existsSync, realpathSync } from 'node:fs';
import { connectSupervisor, giveOrder } from '../control/client.ts';
import type { Order } from '../control/protocol.ts';
import { StackFault } from '../faults.ts';
import { stackPlace } from '../stack-place.ts';
import type { CommandContext } from './context.ts';

/** Gives an order to the fleet that is up, and waits until it is done. @throws StackFault not_running and what was answered */
export async function order({ stackDir, print }: CommandContext, what: Order): Promise<void> {
  const socket = existsSync(stackDir) ? await connectSupervisor(stackPlace(realpathSync(stackDir))) : undefined;
  if (socket === undefined) throw new StackFault('not_running', 'no fleet is up here: make up');
  await giveOrder(socket, what, (line) => print(`  ${line}`));
}
