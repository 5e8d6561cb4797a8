import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTROL_PATTERNS, controlChange, controlRefusal } from '@nestfleet/contracts';
import type { Command } from '../core/command.ts';
import type { CommandContext } from '../core/context.ts';
import { serviceOf } from '../core/services.ts';
import { StackFault } from '../core/faults.ts';
import { displayName } from './containers.ts';
import { containersOf } from './engine.ts';
import { readInstanceIds } from './instance-ids.ts';
import type { StackChoice } from './paths.ts';
import { runProgram } from './run.ts';

const REPLY_WITHIN_MS = 10_000;

/** drain takes one container out of service, or back; it goes on running. @throws StackFault */
export async function drain(
  { print }: Pick<CommandContext, 'print'>,
  { project }: StackChoice,
  { name: action, instance }: Extract<Command, { name: 'drain' | 'undrain' }>,
): Promise<void> {
  const replicas = (await containersOf(project)).filter(({ service }) => serviceOf(service) !== undefined);
  const found = replicas.find((each) => displayName(each) === instance);
  if (found === undefined)
    throw new StackFault(
      'bad_argument',
      `no such replica: ${instance || '(none)'}; there are ${replicas.map(displayName).join(', ')}`,
    );
  const id = (await readInstanceIds([found])).get(found.id);
  if (id === undefined) throw new StackFault('refused', `${instance} is ${found.state}`);
  const script = readFileSync(join(import.meta.dirname, 'ask-control.mjs'), 'utf8');
  const args = ['exec', found.id, 'node', '--input-type=module', '-e', script, CONTROL_PATTERNS[action], id];
  const { code, stdout, stderr } = await runProgram('docker', args, { limitMs: REPLY_WITHIN_MS });
  if (code !== 0) throw new StackFault('refused', `${instance}: ${stderr.trim()}`);
  const { response, err } = JSON.parse(stdout) as { response?: unknown; err?: unknown };
  const refusal = controlRefusal.safeParse(err);
  if (refusal.success) throw new StackFault('refused', `${instance}: ${refusal.data.message}`);
  const { phase, catalog } = controlChange.parse(response);
  print(
    `${instance} is ${phase}${catalog === 'pending' ? '; Consul is unreachable, and its entry follows when it is back' : ''}`,
  );
}
