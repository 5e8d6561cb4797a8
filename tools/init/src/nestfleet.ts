import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { init } from './init.ts';

declare const NESTFLEET_VERSION: string | undefined;

/** Put in by the bundler: the version of the libs, with which this package is released. */
const version = typeof NESTFLEET_VERSION === 'string' ? NESTFLEET_VERSION : '0.0.0-dev';

/** The end of the input is a no. */
async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const ended = once(lines, 'close').then(() => '');
  const answer = await Promise.race([lines.question(question), ended]);
  lines.close();
  return ['y', 'yes'].includes(answer.trim().toLowerCase());
}

try {
  process.exitCode = await init(process.argv.slice(2), {
    root: process.cwd(),
    version,
    terminal: {
      print: (text) => console.log(text),
      complain: (text) => console.error(text),
      confirm: process.stdin.isTTY ? confirm : undefined,
    },
  });
} catch (fault) {
  console.error(`nestfleet: ${fault instanceof Error ? fault.message : String(fault)}`);
  process.exitCode = 74;
}
