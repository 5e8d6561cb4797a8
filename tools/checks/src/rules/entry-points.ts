import ts from 'typescript';
import { lineOf, parseSource } from '../source.ts';
import type { Finding, Rule } from '../rule.ts';
import type { Project, Workspace } from '../workspace.ts';

/** The only ways into a lib: what it offers, its Nest wiring, and what tests and tools may use. */
const entryFiles: Readonly<Record<string, string>> = {
  '.': './src/index.ts',
  './nest': './src/nest.ts',
  './testing': './src/testing.ts',
};

export const entryPoints: Rule = {
  name: 'entry-points',
  summary: 'the exports of a lib are its entry points, and an entry point lists names that others define',
  check: (workspace) =>
    workspace.projects.flatMap((project) =>
      project.kind === 'lib' ? checkLib(workspace, project) : checkClosed(project),
    ),
};

/** Nobody imports an app or a tool, so they have nothing to offer. */
function checkClosed({ root, manifest }: Project): Finding[] {
  if (manifest.exports === undefined) return [];
  return [
    { file: `${root}/package.json`, message: `${root} is no lib, it has no exports: what others need lives in libs/` },
  ];
}

function checkLib(workspace: Workspace, { root, manifest }: Project): Finding[] {
  const file = `${root}/package.json`;
  const exported = manifest.exports ?? {};
  const wrong = Object.entries(exported)
    .filter(([entry, target]) => entryFiles[entry] !== target)
    .map(([entry, target]) => ({
      file,
      message: `exports "${entry}" as ${target}: the entry points are ${describeEntryPoints()}`,
    }));
  const uneven = Object.entries(entryFiles).flatMap(([entry, target]): Finding[] => {
    const path = `${root}/${target.slice(2)}`;
    const isThere = workspace.exists(path);
    if (isThere && !(entry in exported))
      return [{ file, message: `${path} is an entry point, but exports does not have "${entry}"` }];
    if (!isThere && entry in exported) return [{ file, message: `exports has "${entry}", but there is no ${path}` }];
    return isThere ? checkEntryPoint(path, workspace.read(path)) : [];
  });
  const closed = '.' in exported ? [] : [{ file, message: 'a lib has the entry point "."' }];
  return [...wrong, ...uneven, ...closed];
}

function checkEntryPoint(file: string, text: string): Finding[] {
  const source = parseSource(file, text);
  return source.statements
    .filter((statement) => !isNamedReexport(statement))
    .map((statement) => ({
      file,
      line: lineOf(source, statement),
      message: "an entry point only has lines like: export { name } from './file.ts'",
    }));
}

function isNamedReexport(statement: ts.Statement): boolean {
  if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) return false;
  const names = statement.exportClause;
  return names !== undefined && ts.isNamedExports(names) && names.elements.every(({ name }) => name.text !== 'default');
}

function describeEntryPoints(): string {
  return Object.entries(entryFiles)
    .map(([entry, target]) => `"${entry}" ${target}`)
    .join(', ');
}
