import type { Finding, Rule } from '../rule.ts';

const banned = ['utils', 'util', 'common', 'helpers', 'helper', 'shared', 'misc'];

export const bannedNames: Rule = {
  name: 'banned-names',
  summary: 'no file or folder is named after nothing, and index files are entry points only',
  check: ({ files }) => [...drawers(files), ...innerIndexes(files)],
};

/** A name that says nothing about its content collects everything. `test-helpers.ts` is one too, `shared-port.ts` is not. */
function drawers(files: readonly string[]): Finding[] {
  return files.flatMap((file) => {
    const part = file.split('/').find((name) => name.split('.').some((word) => banned.includes(lastWord(word))));
    return part === undefined ? [] : [{ file, message: `"${part}" says nothing: name it after what it does` }];
  });
}

function lastWord(name: string): string {
  return name.split(/[-_]/).at(-1)?.toLowerCase() ?? '';
}

/** An index inside a project hides where a name comes from and invites cycles. */
function innerIndexes(files: readonly string[]): Finding[] {
  return files
    .filter((file) => /(^|\/)index\.(ts|mts|js|mjs|vue)$/.test(file) && !/^libs\/[^/]+\/src\/index\.ts$/.test(file))
    .map((file) => ({ file, message: 'an index file is only the entry point of a lib (libs/<lib>/src/index.ts)' }));
}
