import type { Finding, Rule } from '../rule.ts';
import type { Project } from '../workspace.ts';
import { importTable, type Row, rootOf } from './import-table.ts';

/** Checks the projects against the import table; the table is a parameter so that fixtures can be small. */
export const projectsRule = (table: readonly Row[]): Rule => ({
  name: 'projects',
  summary: 'every project has a row in the import table, closed tags and its targets',
  check: ({ projects, exists }) => [
    ...projects.flatMap((project) => checkProject(project, table)),
    ...table
      .filter((row) => !exists(`${rootOf(row)}/package.json`))
      .map((row) => ({ file: rootOf(row), message: 'has a row in the import table, but is not there' })),
  ],
});

export const projects = projectsRule(importTable);

const targets = {
  app: ['test', 'lint', 'typecheck', 'build', 'serve'],
  lib: ['test', 'lint', 'typecheck', 'build'],
  tool: ['test', 'lint', 'typecheck'],
} as const;

function checkProject({ root, kind, name, manifest }: Project, table: readonly Row[]): Finding[] {
  const file = `${root}/package.json`;
  const row = table.find((candidate) => rootOf(candidate) === root);
  if (row === undefined)
    return [{ file, message: 'has no row in the import table (tools/checks/src/rules/import-table.ts)' }];

  const messages: string[] = [];
  if (manifest.name !== `@nestfleet/${name}`) messages.push(`is called ${manifest.name}, not @nestfleet/${name}`);
  const tags = [`type:${kind}`, `scope:${name}`];
  const given = manifest.nx?.tags ?? [];
  if (given.toSorted().join() !== tags.toSorted().join())
    messages.push(`has the tags ${given.join(', ') || '(none)'}, the table wants ${tags.join(', ')}`);
  const missing = targets[kind].filter((target) => manifest.nx?.targets?.[target] === undefined);
  if (missing.length > 0) messages.push(`lacks the Nx targets ${missing.join(', ')}`);
  return messages.map((message) => ({ file, message }));
}
