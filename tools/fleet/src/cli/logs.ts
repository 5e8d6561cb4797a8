import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { shortName, serviceOf } from '../core/services.ts';
import { StackFault } from '../core/faults.ts';
import { logNames, readFrom, sizeOf, tailOf } from '../logs/log-file.ts';
import { stackPaths } from '../core/stack-paths.ts';
import type { Command } from '../core/command.ts';
import type { CommandContext } from '../core/context.ts';

const LINES = 50;
const LOOK_EVERY_MS = 250;

/** isSelected is true when a log is of this service, server or single replica; without a name every log is. */
export function isSelected(name: string, word: string | undefined): boolean {
  if (word === undefined || name === word) return true;
  const service = serviceOf(word);
  // `billing-desk-1` is no replica of billing.
  return service !== undefined && new RegExp(`^${shortName(service)}-\\d+$`).test(name);
}

/** logs prints the end of the logs, each line with its process; with `follow` goes on until Ctrl-C. @throws StackFault */
export async function logs(context: CommandContext, { of, follow }: Extract<Command, { name: 'logs' }>): Promise<void> {
  const dir = stackPaths(context.stackDir).logs;
  const names = (): string[] => logNames(dir).filter((name) => isSelected(name, of));
  if (names().length === 0 && !follow)
    throw new StackFault(
      'bad_argument',
      `no log of ${of ?? 'anything'}; there are ${logNames(dir).join(', ') || 'none'}`,
    );
  const width = Math.max(...names().map((name) => name.length), 8);
  const show = (name: string, line: string): void => context.print(`${name.padEnd(width)} | ${line}`);

  const offsets = new Map(names().map((name) => [name, sizeOf(join(dir, `${name}.log`))]));
  for (const name of names()) for (const line of tailOf(join(dir, `${name}.log`), LINES)) show(name, line);
  const rests = new Map<string, string>();
  if (!follow) return;
  for (;;) {
    for (const name of names()) {
      const { text, offset } = readFrom(join(dir, `${name}.log`), offsets.get(name) ?? 0);
      offsets.set(name, offset);
      const lines = ((rests.get(name) ?? '') + text).split('\n');
      rests.set(name, lines.pop() ?? '');
      for (const line of lines) show(name, line);
    }
    await pause(LOOK_EVERY_MS);
  }
}
