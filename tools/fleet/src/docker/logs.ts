import type { CommandContext } from '../core/context.ts';
import { serviceOf } from '../core/services.ts';
import { StackFault } from '../core/faults.ts';
import { Compose } from './compose.ts';
import { readModel } from './compose-model.ts';
import type { Stack } from './paths.ts';
import { showLines } from './run.ts';

const LINES = 50;

/**
 * logArgs are the arguments of `docker compose logs` for a service, one replica or a server. @throws StackFault bad_argument
 */
export function logArgs(of: string | undefined, follow: boolean, services: readonly string[]): string[] {
  const first = ['logs', '--no-color', '--tail', String(LINES), ...(follow ? ['--follow'] : [])];
  if (of === undefined) return first;
  const whole = serviceOf(of) ?? of;
  if (services.includes(whole)) return [...first, whole];
  const [, name = '', number = ''] = /^(.+)-(\d+)$/.exec(of) ?? [];
  const service = serviceOf(name) ?? name;
  if (services.includes(service)) return [...first, '--index', number, service];
  throw new StackFault('bad_argument', `no logs of ${of}; there are ${services.join(', ')} and single ones, as api-1`);
}

/** logs prints the end of the logs; with `follow` goes on until Ctrl-C. @throws StackFault */
export async function logs(
  context: CommandContext,
  { paths, choice }: Pick<Stack, 'paths' | 'choice'>,
  { of, follow }: { of?: string; follow: boolean },
): Promise<void> {
  const { services } = readModel(paths);
  const compose = new Compose(context, paths, choice.project);
  // Compose clears each line before it writes it, also where there is no screen.
  const print = (line: string): void => context.print(line.replaceAll('\u001b[2K', ''));
  const args = compose.args(...logArgs(of, follow, Object.keys(services)));
  await showLines('docker', args, { cwd: context.root, print });
}
