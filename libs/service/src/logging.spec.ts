import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const LOGGING = join(import.meta.dirname, 'logging.ts');

/** What a process wrote that logs like ours and then does this. */
function linesOf(code: string): string[] {
  const program = `import { createLogger } from ${JSON.stringify(LOGGING)};
    const log = createLogger({ service: 'api', name: 'api-1' }, 'info');
    ${code}`;
  // The tests' own options are not for it.
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', env });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { message: string }).message);
}

describe('log lines of a process', () => {
  it.each([
    ['exits in the same turn', 'process.exit(0);'],
    ['ends by itself', ''],
    ['throws', "throw new Error('x');"],
    ['dies without a chance after a fatal line', "log.fatal('3'); process.kill(process.pid, 'SIGKILL'); for (;;);"],
  ])('are all there when it %s', (_end, code) => {
    const lines = linesOf(`log.info('1'); log.warn('2'); ${code}`);
    expect(lines.slice(0, 2)).toEqual(['1', '2']);
    expect(lines.slice(2)).toEqual(code.includes('fatal') ? ['3'] : []);
  });
});
