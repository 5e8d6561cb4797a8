import { describe, expect, it } from '@jest/globals';
import { readArchive, withFiles } from './generated-apps.ts';
import { edited, monorepo, plan, single } from './planned.ts';

const modules = '"module": "nodenext",\n    "moduleResolution": "nodenext"';
const compiledBy = (files: ReadonlyMap<string, string>, options: string) =>
  edited(files, 'tsconfig.json', modules, options);
const elsewhere = (options: string) =>
  withFiles(single, {
    'tsconfig.json': '{ "extends": ["@tsconfig/node"] }',
    'node_modules/@tsconfig/node.json': `{ "compilerOptions": { ${options} } }`,
  });

const typescript6 = (options: string) =>
  withFiles(compiledBy(single, options), { 'node_modules/typescript/package.json': '{ "version": "6.0.3" }' });

describe('refuseOldModules', () => {
  it.each([
    [
      'as Nest 10 wrote it',
      compiledBy(single, '"module": "commonjs"'),
      'module commonjs and moduleResolution left out',
    ],
    [
      'by the old resolution',
      compiledBy(single, '"module": "CommonJS", "moduleResolution": "Node"'),
      'moduleResolution node,',
    ],
    ['by node16', compiledBy(single, '"module": "node16"'), 'module node16'],
    ['by node18', compiledBy(single, '"module": "node18", "moduleResolution": "node16"'), 'moduleResolution node16'],
    [
      'by node16, found by nodenext',
      compiledBy(single, '"module": "node16", "moduleResolution": "nodenext"'),
      'module node16',
    ],
    ['by node16 of TypeScript 6', typescript6('"module": "node16"'), 'module node16'],
    [
      'by the old resolution of TypeScript 6',
      typescript6('"module": "commonjs", "moduleResolution": "node10"'),
      'node10',
    ],
    ['by defaults', compiledBy(single, '"strict": true'), 'by tsconfig.build.json with module left out'],
    ['by a package', elsewhere('"module": "commonjs"'), '"module": "nodenext" and "moduleResolution": "nodenext"'],
    ['in a monorepo', compiledBy(monorepo, '"module": "commonjs"'), 'apps/shop/tsconfig.app.json with module commonjs'],
  ])('refuses an app that is compiled %s', (_what, files, words) => {
    expect(() => plan(files, files.has('apps/shop/src/main.ts') ? { app: 'shop' } : {})).toThrow(words);
  });

  it.each([
    ['by nodenext', compiledBy(single, '"module": "NodeNext"')],
    ['by defaults of TypeScript 6', typescript6('"strict": true')],
    ['by TypeScript 6 as CommonJS', typescript6('"module": "commonjs"')],
    ['by nodenext, found by node16', compiledBy(single, '"module": "nodenext", "moduleResolution": "node16"')],
    ['by node20', compiledBy(single, '"module": "node20"')],
    ['for a bundler', compiledBy(single, '"module": "commonjs", "moduleResolution": "bundler"')],
    ['by preserve', compiledBy(single, '"module": "preserve"')],
    ['by a package', elsewhere('"module": "nodenext"')],
    [
      'by its own file',
      withFiles(compiledBy(single, '"module": "commonjs"'), {
        'tsconfig.build.json': '{ "compilerOptions": { "module": "nodenext" } }',
      }),
    ],
    ['as ESM', compiledBy(readArchive('nest12-express'), '"module": "node16"')],
    ['by nothing that is named', new Map([...single].filter(([path]) => !path.startsWith('tsconfig')))],
  ])('takes an app that is compiled %s', (_what, files) => {
    expect(plan(files).written.has('src/nestfleet.module.ts')).toBe(true);
  });
});
