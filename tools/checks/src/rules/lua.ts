import { staleLua } from '../lua/lua-documents.ts';
import type { Finding, Rule } from '../rule.ts';

export const lua: Rule = {
  name: 'lua',
  summary: 'every Lua script has its header, and the modules that carry them are up to date',
  check(workspace) {
    try {
      return staleLua(workspace).map(({ file }) => ({
        file,
        message: 'is not up to date: run node tools/checks/src/lua/generate-lua.ts',
      }));
    } catch (error) {
      return (error instanceof Error ? error.message : String(error)).split('\n').map(finding);
    }
  },
};

/** The generator names all faulty scripts in one error, a line each: `file: what is wrong`. */
function finding(line: string): Finding {
  const [file = '', ...message] = line.split(': ');
  return { file, message: message.join(': ') };
}
