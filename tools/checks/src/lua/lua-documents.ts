import { basename } from 'node:path';
import type { Workspace } from '../workspace.ts';

export interface LuaDocument {
  /** `libs/<lib>/src/lua.generated.ts` */
  file: string;
  text: string;
}

/**
 * What every lib's generated module must say, from its .lua files. Throws one error that lists every script without a full
 * header and every name that a lib has twice.
 */
export function luaDocuments({ files, read }: Pick<Workspace, 'files' | 'read'>): LuaDocument[] {
  const scripts = files.flatMap((file) => {
    const lib = /^libs\/([^/]+)\/src\/.*\.lua$/.exec(file)?.[1];
    return lib === undefined ? [] : [{ lib, file, name: basename(file, '.lua'), text: read(file) }];
  });
  const faults = scripts.flatMap(({ lib, file, name, text }) => [
    ...missingInHeader(text).map((what) => `${file}: the header lacks ${what}`),
    ...scripts
      .filter((other) => other.lib === lib && other.name === name && other.file < file)
      .map((other) => `${file}: has the name of ${other.file}`),
  ]);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const libs = [...new Set(scripts.map(({ lib }) => lib))];
  return libs.map((lib) => ({
    file: `libs/${lib}/src/lua.generated.ts`,
    text: luaModule(scripts.filter((script) => script.lib === lib)),
  }));
}

/** Generated modules that are not, or no longer, what the scripts say. */
export function staleLua(workspace: Pick<Workspace, 'files' | 'read' | 'exists'>): LuaDocument[] {
  const wanted = luaDocuments(workspace);
  const orphans = workspace.files
    .filter((file) => /^libs\/[^/]+\/src\/lua\.generated\.ts$/.test(file))
    .filter((file) => !wanted.some((document) => document.file === file))
    .map((file) => ({ file, text: luaModule([]) }));
  return [...wanted, ...orphans].filter(({ file, text }) => !workspace.exists(file) || workspace.read(file) !== text);
}

interface LuaFile {
  /** Name without folder and `.lua`: the script's name in the code. */
  name: string;
  text: string;
}

const headerLines = ['Purpose:', 'KEYS:', 'ARGV:', 'Reply:'];

/** What a reader of a script must be told before its code, and is not; empty when all is there. */
export function missingInHeader(text: string): string[] {
  const header = /^--\[\[\n([\s\S]*?)\n\]\]\n/.exec(text)?.[1];
  if (header === undefined) return ['a header in --[[ ]]'];
  const lines = header.split('\n').map((line) => line.trim());
  return headerLines.filter((word) => !lines.some((line) => line.startsWith(word) && line.length > word.length));
}

/** The module that carries the scripts of one lib into bundles, tests and Node alike. Sorted, so that it is stable. */
function luaModule(files: readonly LuaFile[]): string {
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const entries = sorted.map(({ name, text }) => `  ${JSON.stringify(name)}: ${JSON.stringify(text)},\n`);
  const origin = '// Made from the .lua files beside the code by: node tools/checks/src/lua/generate-lua.ts\n';
  return `${origin}export const LUA = {\n${entries.join('')}} as const;\n`;
}
