import { readFileSync } from 'node:fs';

const linesMax = 250;

/** Prints the end of a command's output, where tools say what was wrong. */
export function printLog(file: string, print: (line: string) => void): void {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const left = lines.length - linesMax;
  if (left > 0) print(`      … ${left} lines more in ${file}`);
  for (const line of lines.slice(-linesMax)) print(`      ${line}`);
}
