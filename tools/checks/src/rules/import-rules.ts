import type { Rule } from '../rule.ts';
import { cruiseWith } from './cruise.ts';
import { type ImportRule, nestPackages, tests } from './import-rule.ts';
import { importTable, type Row, rootOf } from './import-table.ts';
import { insideRules } from './inside-rules.ts';

const nestEntry = '^libs/[^/]+/src/nest(/|\\.ts$)';

/** The rules for dependency-cruiser, made from the table and nothing else. */
function rulesOf(table: readonly Row[]): ImportRule[] {
  const wiring = table.filter(({ kind, inside }) => kind === 'lib' && inside === undefined);
  return [
    ...table.map(rowRule),
    ...entryPointRules,
    ...nestRules(wiring.map((row) => `^${rootOf(row)}/`)),
    ...packageRules,
    ...table.flatMap((row) => (row.inside === undefined ? [] : insideRules(row, row.inside))),
  ];
}

/** A project reaches itself, the libs of its row, and the entry point of a tool that it names; so nobody reaches an app. */
function rowRule(row: Row): ImportRule {
  const own = `^${rootOf(row)}/`;
  const { libs, tools = [] } = row;
  const allowed = [...libs, ...tools.map((name) => `the entry point of ${name}`)];
  return {
    name: `row of ${row.name}`,
    comment: `${rootOf(row)} may import ${allowed.length === 0 ? 'no other project' : `only ${allowed.join(', ')}`}`,
    from: { path: own },
    to: {
      path: '^(apps|libs|tools)/[^/]+/',
      pathNot: [
        own,
        ...libs.map((name) => `^libs/${name}/`),
        ...tools.map((name) => `^tools/${name}/src/(programs|code-blocks)\\.ts$`),
      ],
    },
  };
}

const entryPointRules: readonly ImportRule[] = [
  {
    name: 'entry points',
    comment: 'a lib is entered through its entry points: its name, /nest and /testing',
    from: { path: '^(apps|libs|tools)/([^/]+)/' },
    to: { path: '^libs/', pathNot: ['^$1/$2/', '^libs/[^/]+/src/(index|nest|testing)\\.ts$'] },
  },
  {
    name: 'testing entry point',
    comment: 'code for tests is imported by tests and tools only',
    from: { path: '^(apps|libs)/', pathNot: tests },
    to: { path: '^libs/[^/]+/src/testing(/|\\.ts$)' },
  },
];

/** Apps of a tool: the bench measures small ones beside the api, and each recipe is one. */
const nestApps = '^tools/(bench/src/visit/nest-app\\.ts$|recipes/src/)';

/** `wiring` are the libs that are Nest as a whole. */
function nestRules(wiring: readonly string[]): ImportRule[] {
  return [
    {
      name: 'nest entry point',
      comment: 'the Nest wiring of a lib is imported by apps and other nest/ folders only',
      from: { path: '^(libs|tools/[^/]+)/', pathNot: [nestEntry, '^libs/[^/]+/test/', nestApps, ...wiring] },
      to: { path: nestEntry },
    },
    {
      name: 'nest packages',
      comment: 'only the nest/ folder of a lib imports @nestjs',
      from: {
        path: '^(libs|tools/[^/]+)/',
        pathNot: ['^libs/[^/]+/src/nest/', '^libs/[^/]+/test/', nestApps, ...wiring],
      },
      to: { path: nestPackages },
    },
    {
      name: 'plain entry points',
      comment: 'what an entry point without Nest reaches has no Nest in it',
      from: { path: '^libs/[^/]+/src/(index|testing)\\.ts$', pathNot: [...wiring] },
      to: { path: nestPackages, reachable: true },
    },
  ];
}

const packageRules: readonly ImportRule[] = [
  {
    name: 'page',
    comment: 'the page runs in a browser, there is no module of Node',
    from: { path: '^apps/dashboard/src/', pathNot: tests },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'declared',
    comment: 'a package that ships is in dependencies or peerDependencies of the project itself',
    from: { path: '^(apps|libs)/[^/]+/src/', pathNot: [...tests, '\\.d\\.ts$'] },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], couldNotResolve: false },
  },
  {
    name: 'resolved',
    comment: 'there is no such file, package or entry point',
    from: { path: '^(apps|libs|tools)/' },
    to: { couldNotResolve: true },
  },
];

/** Checks every import against the table; the table is a parameter so that fixtures can be small. */
export const importsRule = (table: readonly Row[]): Rule => ({
  name: 'imports',
  summary: 'imports follow the import table: across projects, through entry points, and inside a lib',
  check: (workspace) => cruiseWith(workspace, rulesOf(table)),
});

export const imports = importsRule(importTable);
