import type { Finding, Rule } from '../rule.ts';

const sourceLinesMax = 250;
const specLinesMax = 400;

export const fileCaps: Rule = {
  name: 'file-caps',
  summary: `a source file has at most ${sourceLinesMax} lines, a spec ${specLinesMax}`,
  check: ({ files, read }) =>
    files.filter(isCounted).flatMap((file): Finding[] => {
      const lines = countLines(read(file));
      const linesMax = /\.spec\.[^/]+$/.test(file) ? specLinesMax : sourceLinesMax;
      return lines > linesMax ? [{ file, message: `${lines} lines, at most ${linesMax}: split it by subject` }] : [];
    }),
};

function isCounted(file: string): boolean {
  return /^(apps|libs|tools)\/.*\.(ts|mjs|vue)$/.test(file) && !/\.generated\.[^/]+$/.test(file);
}

/** A last line without a newline counts, the newline at the end of a file opens no further line. */
export function countLines(text: string): number {
  return text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}
