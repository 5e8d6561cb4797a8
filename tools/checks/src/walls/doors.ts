import ts from 'typescript';
import { lineOf, parseSource } from '../source.ts';
import type { Finding, Wall } from '../wall.ts';
import type { Project, Workspace } from '../workspace.ts';

/** The only ways into a lib: what it offers, its Nest wiring, and what tests and tools may use. */
export const doorFiles: Readonly<Record<string, string>> = {
  '.': './src/index.ts',
  './nest': './src/nest.ts',
  './testing': './src/testing.ts',
};

export const doors: Wall = {
  name: 'doors',
  rule: 'the exports of a lib are its door files, and a door lists names that others define',
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
    .filter(([door, target]) => doorFiles[door] !== target)
    .map(([door, target]) => ({ file, message: `exports "${door}" as ${target}: the doors are ${describeDoors()}` }));
  const uneven = Object.entries(doorFiles).flatMap(([door, target]): Finding[] => {
    const path = `${root}/${target.slice(2)}`;
    const isThere = workspace.exists(path);
    if (isThere && !(door in exported))
      return [{ file, message: `${path} is a door, but exports does not have "${door}"` }];
    if (!isThere && door in exported) return [{ file, message: `exports has "${door}", but there is no ${path}` }];
    return isThere ? checkDoor(path, workspace.read(path)) : [];
  });
  const closed = '.' in exported ? [] : [{ file, message: 'a lib has the door "."' }];
  return [...wrong, ...uneven, ...closed];
}

function checkDoor(file: string, text: string): Finding[] {
  const source = parseSource(file, text);
  return source.statements
    .filter((statement) => !isNamedReexport(statement))
    .map((statement) => ({
      file,
      line: lineOf(source, statement),
      message: "a door only has lines like: export { name } from './file.ts'",
    }));
}

function isNamedReexport(statement: ts.Statement): boolean {
  if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) return false;
  const names = statement.exportClause;
  return names !== undefined && ts.isNamedExports(names) && names.elements.every(({ name }) => name.text !== 'default');
}

function describeDoors(): string {
  return Object.entries(doorFiles)
    .map(([door, target]) => `"${door}" ${target}`)
    .join(', ');
}
