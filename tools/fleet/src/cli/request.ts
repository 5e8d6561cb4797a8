import type { Socket } from 'node:net';
import { connectSupervisor, sendRequest } from '../control/client.ts';
import type { ControlRequest } from '../control/protocol.ts';
import { StackFault } from '../core/faults.ts';
import { knownPaths } from '../core/stack-paths.ts';
import type { CommandContext } from '../core/context.ts';

/**
 * requestSupervisor sends a request to the fleet that is up and waits until it is done. @throws StackFault not_running and
 * what was answered
 */
export async function requestSupervisor({ stackDir, print }: CommandContext, request: ControlRequest): Promise<void> {
  await sendRequest(await connectFleet({ stackDir }), request, (line) => print(`  ${line}`));
}

/** connectFleet connects to the supervisor of the fleet that is up. @throws StackFault not_running */
export async function connectFleet({ stackDir }: Pick<CommandContext, 'stackDir'>): Promise<Socket> {
  const paths = knownPaths(stackDir);
  const socket = paths && (await connectSupervisor(paths));
  if (socket === undefined) throw new StackFault('not_running', 'no fleet is up here: make up');
  return socket;
}
