import { existsSync, realpathSync } from 'node:fs';
import { connectSupervisor, sendRequest } from '../control/client.ts';
import type { ControlRequest } from '../control/protocol.ts';
import { StackFault } from '../core/faults.ts';
import { stackPaths } from '../core/stack-paths.ts';
import type { CommandContext } from '../core/context.ts';

/**
 * requestSupervisor sends a request to the fleet that is up and waits until it is done. @throws StackFault not_running and
 * what was answered
 */
export async function requestSupervisor({ stackDir, print }: CommandContext, request: ControlRequest): Promise<void> {
  const socket = existsSync(stackDir) ? await connectSupervisor(stackPaths(realpathSync(stackDir))) : undefined;
  if (socket === undefined) throw new StackFault('not_running', 'no fleet is up here: make up');
  await sendRequest(socket, request, (line) => print(`  ${line}`));
}
