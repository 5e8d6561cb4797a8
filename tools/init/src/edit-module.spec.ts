import { describe, expect, it } from '@jest/globals';
import { editModule } from './edit-module.ts';
import { parseSource } from './source.ts';

const imported = { name: 'NestfleetModule', from: './nestfleet.module' };
const edit = (text: string) => editModule(parseSource('app.module.ts', text), 'AppModule', imported);

const head = "import { Module } from '@nestjs/common';\n";
const line = "import { NestfleetModule } from './nestfleet.module';\n";
const moduleOf = (metadata: string) => `@Module(${metadata})\nexport class AppModule {}\n`;

describe('editModule', () => {
  it.each([
    ['an empty array', '{ imports: [] }', '{ imports: [NestfleetModule] }'],
    ['one line', '{ imports: [OneModule, two()] }', '{ imports: [NestfleetModule, OneModule, two()] }'],
    [
      'a line for each',
      '{\n  imports: [\n    OneModule, // first\n    Two.forRoot({ a: [] }),\n  ],\n}',
      '{\n  imports: [\n    NestfleetModule,\n    OneModule, // first\n    Two.forRoot({ a: [] }),\n  ],\n}',
    ],
    [
      'an array with comments',
      '{\n  imports: [\n    // of others\n    One,\n  ],\n}',
      '{\n  imports: [\n    NestfleetModule,\n    // of others\n    One,\n  ],\n}',
    ],
    ['a spread', '{ imports: [...others] }', '{ imports: [NestfleetModule, ...others] }'],
    ['no imports', '{\n  providers: [],\n}', '{\n  imports: [NestfleetModule],\n  providers: [],\n}'],
    ['no imports in one line', '{ providers: [] }', '{ imports: [NestfleetModule], providers: [] }'],
    ['nothing', '{}', '{ imports: [NestfleetModule] }'],
    ['imports behind a spread', '{ ...common, imports: [] }', '{ ...common, imports: [NestfleetModule] }'],
    ['a name in quotes', "{ 'imports': [] }", "{ 'imports': [NestfleetModule] }"],
  ])('puts the module into %s', (_what, before, after) => {
    expect(edit(head + moduleOf(before))).toBe(head + line + moduleOf(after));
    expect(edit(edit(head + moduleOf(before)))).toBe(edit(head + moduleOf(before)));
  });

  it('writes as the file does', () => {
    const text =
      'import { Module } from "@nestjs/common"\r\n\r\n@Module({\r\n\timports: [\r\n\t\tOne\r\n\t]\r\n})\r\nclass AppModule {}\r\n';
    expect(edit(text)).toBe(
      'import { Module } from "@nestjs/common"\r\nimport { NestfleetModule } from "./nestfleet.module"\r\n\r\n' +
        '@Module({\r\n\timports: [\r\n\t\tNestfleetModule,\r\n\t\tOne\r\n\t]\r\n})\r\nclass AppModule {}\r\n',
    );
  });

  it.each([
    ["import { One } from './one'; // the first one", ''],
    ["import { One } from './one'; /* the first one */", ''],
    ["import { One } from './one';", ' const two = 2; // no import'],
    ["import { One } from './one';", ' /* one */ const two = 2;'],
  ])('leaves what stands behind the last import on its line: %s%s', (last, rest) => {
    for (const newline of ['\n', '\r\n']) {
      const text = `${head}${last}${rest}\n${moduleOf('{ imports: [] }')}`.replaceAll('\n', newline);
      const behind = rest === '' ? '' : `${rest}\n`;
      const after = `${head}${last}\n${line.trimEnd()}${behind === '' ? '\n' : behind}${moduleOf('{ imports: [NestfleetModule] }')}`;
      expect(edit(text)).toBe(after.replaceAll('\n', newline));
    }
  });

  it('finds the class among others, by its own name and that of the decorator', () => {
    const text =
      "import { Module as M } from '@nestjs/common';\n@M({ imports: [] })\nclass Other {}\n@M({ imports: [] })\nexport class AppModule {}\n";
    expect(edit(text)).toContain('@M({ imports: [] })\nclass Other {}\n@M({ imports: [NestfleetModule] })\nexport');
  });

  it.each([
    ['of another class', `${head}@Module({ imports: [] })\nclass OtherModule {}\n`, 'has no class AppModule'],
    ['without a decorator', `${head}export class AppModule {}\n`, 'has no class AppModule'],
    [
      'of another package',
      "import { Module } from './module';\n@Module({ imports: [] })\nclass AppModule {}\n",
      'no class',
    ],
    ['with metadata from elsewhere', `${head}@Module(metadata)\nclass AppModule {}\n`, 'has no class AppModule'],
    ['with imports from elsewhere', `${head}@Module({ imports })\nclass AppModule {}\n`, 'no array written in place'],
    ['with a spread alone', `${head}@Module({ ...common })\nclass AppModule {}\n`, 'a spread in @Module'],
    [
      'with a spread that may have imports',
      `${head}@Module({ imports: [], ...common })\nclass AppModule {}\n`,
      'spread',
    ],
    ['with imports from a call', `${head}@Module({ imports: all() })\nclass AppModule {}\n`, 'no array'],
    ['that does not compile', `${head}@Module({ imports: [ })\nclass AppModule {}\n`, 'app.module.ts cannot be read'],
  ])('refuses a module %s', (_what, text, words) => {
    expect(() => edit(text)).toThrow(words);
  });
});
