import { basename } from 'node:path';
import type { Workspace } from '../workspace.ts';
import { luaModule, missingInHeader } from './lua-module.ts';

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
