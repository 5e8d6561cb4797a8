import { CONTROL_PATTERNS, controlChange, controlRefusal, type FleetReplica } from '@nestfleet/contracts';
import { StackFault } from '../core/faults.ts';
import { sendMessage } from '../replica-control/message.ts';
import { knownPaths } from '../core/stack-paths.ts';
import { readOrMakeSecrets } from '../supervisor/secrets.ts';
import { readState } from '../supervisor/state-file.ts';
import type { Command } from '../core/command.ts';
import type { CommandContext } from '../core/context.ts';

/** The replica waits up to 2 s for the catalog before it replies. */
const REPLY_WITHIN_MS = 5_000;

/** drain takes one replica out of service, or back; it goes on running. @throws StackFault */
export async function drain(
  { stackDir, print }: Pick<CommandContext, 'stackDir' | 'print'>,
  { name: action, instance }: Extract<Command, { name: 'drain' | 'undrain' }>,
): Promise<void> {
  const paths = knownPaths(stackDir);
  const state = paths && readState(paths.state);
  if (paths === undefined || state === undefined) throw new StackFault('not_running', 'no fleet is up here: make up');
  const { port, id } = whereIs(state.replicas, instance);
  const message = { token: readOrMakeSecrets(paths.secrets).control_token, instance_id: id };
  const target = { host: '127.0.0.1', port, withinMs: REPLY_WITHIN_MS };
  const reply = await sendMessage(target, CONTROL_PATTERNS[action], message).catch((cause: unknown) => {
    throw new StackFault('refused', `${instance}: ${refusalOf(cause)}`, { cause });
  });
  const { phase, catalog } = controlChange.parse(reply);
  print(
    `${instance} is ${phase}${catalog === 'pending' ? '; Consul is unreachable, and its entry follows when it is back' : ''}`,
  );
}

function whereIs(replicas: readonly FleetReplica[], instance: string): { port: number; id: string } {
  const found = replicas.find(({ name }) => name === instance);
  const names = replicas.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  if (found === undefined)
    throw new StackFault('bad_argument', `no such replica: ${instance || '(none)'}; there are ${names.join(', ')}`);
  const { instance_id: id, ports } = found;
  if (id === null || ports.control === null) throw new StackFault('refused', `${instance} is ${found.state}`);
  return { port: ports.control, id };
}

function refusalOf(cause: unknown): string {
  const refusal = controlRefusal.safeParse(cause);
  if (refusal.success) return refusal.data.message;
  return cause instanceof Error ? cause.message : String(cause);
}
