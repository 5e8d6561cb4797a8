export interface LuaFile {
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
export function luaModule(files: readonly LuaFile[]): string {
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const entries = sorted.map(({ name, text }) => `  ${JSON.stringify(name)}: ${JSON.stringify(text)},\n`);
  const origin = '// Made from the .lua files beside the code by: node tools/checks/src/lua/generate-lua.ts\n';
  return `${origin}export const LUA = {\n${entries.join('')}} as const;\n`;
}
