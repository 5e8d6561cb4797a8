import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allCodeBlocks, type CodeBlock } from '../src/code-blocks.ts';
import { openWorkspace } from '../src/workspace.ts';

const root = resolve(import.meta.dirname, '../../..');
const workspace = openWorkspace(root);
const libs = workspace.projects.filter(({ kind }) => kind === 'lib').map((project) => project.root);
/** An API report is a list of declarations, and no module. */
const blocks = allCodeBlocks(workspace).filter(
  ({ file, language, excerptOf }) => language === 'ts' && excerptOf === undefined && !file.endsWith('.api.md'),
);
const nameOf = ({ file, line }: Pick<CodeBlock, 'file' | 'line'>): string => `${file}:${line}`;
const fileOf = ({ file, line }: CodeBlock): string => `${file.replaceAll(/\W/g, '-')}-${line}.ts`;

/** What a strict compiler says of the blocks, each a module of its own on the lines that it has in its document. */
function compile(folder: string, all: readonly CodeBlock[]): string {
  for (const block of all) writeFileSync(join(folder, fileOf(block)), '\n'.repeat(block.line - 1) + block.code);
  const compilerOptions = { erasableSyntaxOnly: false, exactOptionalPropertyTypes: false };
  const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(root, 'node_modules/typescript-native/bin/tsc');
  const { NODE_OPTIONS: _, ...env } = process.env;
  return spawnSync(process.execPath, [compiler, '--pretty', 'false', '-p', folder], {
    cwd: folder,
    env,
    encoding: 'utf8',
  }).stdout;
}

describe('TypeScript in documents', () => {
  let folder: string;
  let said: string;
  let saidOfBroken: string;

  beforeAll(() => {
    // Within the repository, so that its packages are found.
    mkdirSync(join(root, 'dist'), { recursive: true });
    folder = mkdtempSync(join(root, 'dist/.readme-'));
    said = compile(folder, blocks);
    const broken = { file: 'x.md', line: 3, language: 'ts', code: "const text: number = 'a';\nexport { text };\n" };
    mkdirSync(join(folder, 'broken'));
    saidOfBroken = compile(join(folder, 'broken'), [broken]);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(blocks.map((block) => [nameOf(block), block] as const))('%s compiles', (_, block) => {
    expect(said.split('\n').filter((line) => line.startsWith(fileOf(block)))).toEqual([]);
  });

  it.each(libs)(
    '%s begins with a whole Nest program or a first use that a test runs, and has one before any table',
    (lib) => {
      const text = readFileSync(join(root, lib, 'README.md'), 'utf8');
      const [first] = blocks.filter(({ file }) => file === `${lib}/README.md`);
      expect(first?.runBy !== undefined || first?.code.includes('NestFactory.create(')).toBe(true);
      const begin = text.slice(0, text.search(/^\|/m));
      expect(begin).toMatch(/^```ts run-by=/m);
    },
  );

  it('is red where a block does not compile', () => {
    expect(saidOfBroken).toMatch(/^x-md-3\.ts\(3,7\): error TS2322/m);
  });
});
