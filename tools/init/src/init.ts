import { type CommandLine, readCommandLine, USAGE } from './command-line.ts';
import { changedLines, unifiedDiff } from './diff.ts';
import { gitWarning } from './git-state.ts';
import { openFolder } from './node-folder.ts';
import { PACKAGES, type Plan, planInit } from './plan.ts';
import { Refusal } from './refusal.ts';
import { writeChanges } from './write-changes.ts';

/** Exit codes, as sysexits.h has them where it does. */
export const EXIT = { done: 0, notConfirmed: 1, usage: 64, refused: 65 } as const;

/** `Terminal` is who runs the command. */
export interface Terminal {
  print(text: string): void;
  complain(text: string): void;
  /** Asks a question that is answered with yes or no; undefined where nobody can be asked. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
}

export interface Surroundings {
  readonly root: string;
  readonly version: string;
  readonly terminal: Terminal;
}

/** `nestfleet init`, from its words to its exit code. */
export async function init(words: readonly string[], { root, version, terminal }: Surroundings): Promise<number> {
  let command: CommandLine | undefined;
  try {
    command = readCommandLine(words);
  } catch (fault) {
    terminal.complain(`${fault instanceof Error ? fault.message : String(fault)}\n\n${USAGE}`);
    return EXIT.usage;
  }
  if (command === undefined) {
    terminal.print(USAGE);
    return EXIT.done;
  }
  try {
    const plan = planInit(openFolder(root), { ...command, version });
    return await carryOut(plan, command, { root, version, terminal });
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault;
    terminal.complain(`${fault.message}\nNothing was changed.`);
    return EXIT.refused;
  }
}

async function carryOut(plan: Plan, command: CommandLine, { root, terminal }: Surroundings): Promise<number> {
  const { changes, notes, app } = plan;
  if (changes.length === 0) {
    terminal.print([`${app.service} has all of it already: nothing to change`, ...notes].join('\n'));
    return EXIT.done;
  }
  terminal.print(unifiedDiff(changes));
  terminal.print(summary(plan));
  if (command.isDryRun) return EXIT.done;
  const warning = gitWarning(root);
  if (warning !== undefined) terminal.complain(`note: ${warning}`);
  if (!command.isConfirmed) {
    if (terminal.confirm === undefined) {
      terminal.complain(
        'Nobody can be asked here: --yes writes the changes, --dry-run ends behind them.\nNothing was changed.',
      );
      return EXIT.usage;
    }
    if (!(await terminal.confirm('Write these changes? [y/N] '))) {
      terminal.print('Nothing was changed.');
      return EXIT.notConfirmed;
    }
  }
  writeChanges(root, changes);
  terminal.print(nextSteps(plan));
  return EXIT.done;
}

function summary({ changes, notes, app }: Plan): string {
  const made = changes.filter(({ before }) => before === undefined).map(({ path }) => path);
  const sum = `${app.service}, Nest ${app.nest} on ${app.bootstrap.platform}: ${changedLines(changes)} lines changed in files of yours`;
  return [`${sum}, ${made.length} new: ${made.join(', ')}`, ...notes.map((note) => `note: ${note}`)].join('\n');
}

function nextSteps({ app, changes }: Plan): string {
  const isAdded = changes.some(({ path }) => path === app.manifest.path);
  if (!isAdded) return 'Written.';
  return `Written. Next: ${app.packageManager.update}, where the registry has ${PACKAGES.join(' and ')}; else their tarballs, by the README of nestfleet`;
}
