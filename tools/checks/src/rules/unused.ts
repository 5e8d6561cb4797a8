import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Finding, Rule } from '../rule.ts';

const program = join(import.meta.dirname, '../../../../node_modules/knip/bin/knip.js');

/** The kinds of issues that knip.json includes, and what each says of a name. */
const messages: Readonly<Record<string, string>> = {
  files: 'is imported by nothing, and no entry of knip.json',
  exports: 'is exported, and no other file imports it',
  types: 'is exported, and nothing uses it',
  dependencies: 'is a dependency that nothing imports',
  devDependencies: 'is a dependency that nothing imports',
  unlisted: 'is imported, and no dependency',
  unresolved: 'is imported, and there is no such file, package or entry point',
};

interface Issue {
  name: string;
  line?: number;
}

export const unused: Rule = {
  name: 'unused',
  summary: 'no file, export or dependency that nothing uses, and no import that leads nowhere (knip)',
  check: ({ root }) =>
    new Promise((resolve, reject) => {
      const args = [program, '--directory', root, '--reporter', 'json', '--no-config-hints'];
      execFile(process.execPath, args, { maxBuffer: 32 * 1024 * 1024 }, (fault, stdout, stderr) => {
        // It ends with 1 where it has issues, and with 2 where it could not look.
        if (fault !== null && fault.code !== 1) reject(new Error(`knip failed: ${stderr}`, { cause: fault }));
        else resolve(findingsIn(stdout));
      });
    }),
};

function findingsIn(report: string): Finding[] {
  const { issues } = JSON.parse(report) as { issues: readonly ({ file: string } & Record<string, readonly Issue[]>)[] };
  return issues.flatMap((issue) =>
    Object.entries(messages).flatMap(([kind, message]) =>
      (issue[kind] ?? []).map(({ name, line }) => ({
        file: issue.file,
        ...(line === undefined ? {} : { line }),
        message: kind === 'files' ? message : `${name} ${message}`,
      })),
    ),
  );
}
