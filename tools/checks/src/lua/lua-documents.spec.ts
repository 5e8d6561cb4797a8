import { describe, expect, it } from '@jest/globals';
import { luaDocuments, missingInHeader, staleLua } from './lua-documents.ts';

const script = (code: string) => `--[[\n  Purpose: x\n  KEYS:    1 k\n  ARGV:    none\n  Reply:   1\n]]\n${code}\n`;

function workspaceOf(files: Record<string, string>) {
  return {
    files: Object.keys(files),
    exists: (file: string) => file in files,
    read: (file: string) => files[file] ?? '',
  };
}

describe('luaDocuments', () => {
  it('makes one module per lib, sorted by name, that holds the texts as they are', () => {
    const documents = luaDocuments(
      workspaceOf({
        'libs/a/src/z/two.lua': script("return '`${x}\\\\'"),
        'libs/a/src/one.lua': script('return 1'),
        'libs/b/src/one.lua': script('return 2'),
        'libs/a/test/not.lua': 'return 0',
        'libs/a/src/index.ts': '',
      }),
    );
    expect(documents.map(({ file }) => file)).toEqual(['libs/a/src/lua.generated.ts', 'libs/b/src/lua.generated.ts']);
    const literals = [...(documents[0]?.text ?? '').matchAll(/^ {2}"(\w+)": (".*"),$/gm)];
    expect(literals.map(([, name, text]) => [name, JSON.parse(text ?? '') as string])).toEqual([
      ['one', script('return 1')],
      ['two', script("return '`${x}\\\\'")],
    ]);
  });

  it('names every script with a poor header and every name that is there twice', () => {
    const faulty = workspaceOf({
      'libs/a/src/bare.lua': 'return 1',
      'libs/a/src/x/same.lua': script('return 1'),
      'libs/a/src/y/same.lua': script('return 2'),
      'libs/b/src/same.lua': script('return 3'),
    });
    expect(() => luaDocuments(faulty)).toThrow(/bare\.lua.*header[\s\S]*y\/same\.lua: has the name of .*x\/same\.lua$/);
  });
});

describe('missingInHeader', () => {
  it('asks for purpose, keys, arguments and reply, each with words', () => {
    expect(missingInHeader(script('return 1'))).toEqual([]);
    expect(missingInHeader('--[[\n  Purpose: x\n  KEYS:\n]]\nreturn 1\n')).toEqual(['KEYS:', 'ARGV:', 'Reply:']);
  });
});

describe('staleLua', () => {
  const lua = { 'libs/a/src/one.lua': script('return 1') };
  const fresh = Object.fromEntries(luaDocuments(workspaceOf(lua)).map(({ file, text }) => [file, text]));
  const stale = (files: Record<string, string>) => staleLua(workspaceOf(files)).map(({ file }) => file);

  it('is empty when all is up to date', () => expect(stale({ ...lua, ...fresh })).toEqual([]));

  it('finds what is missing, changed, and left over', () => {
    expect(stale(lua)).toEqual(['libs/a/src/lua.generated.ts']);
    expect(stale({ 'libs/a/src/one.lua': script('return 2'), ...fresh })).toEqual(['libs/a/src/lua.generated.ts']);
    expect(stale(fresh)).toEqual(['libs/a/src/lua.generated.ts']);
  });
});
