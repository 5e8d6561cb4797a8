import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const reporter = join(import.meta.dirname, '../../../jest.open-handles.mjs');

/** A process that does this, and whose test run is over then. */
function runEndsAfter(code: string, jest: object = {}): Promise<unknown> {
  const program = `
    import Reporter from ${JSON.stringify(reporter)};
    import { spawn } from 'node:child_process';
    import { once } from 'node:events';
    import { createServer } from 'node:net';
    ${code}
    new Reporter(${JSON.stringify(jest)}, { exitWithinMs: 100 }).onRunComplete();
  `;
  return promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { timeout: 20_000 });
}

describe('a run whose process does not exit by itself', () => {
  it.each([
    [
      'a server',
      `await once(createServer().listen(0, '127.0.0.1'), 'listening');`,
      /Server listening at .*127\.0\.0\.1/,
    ],
    ['a process', `spawn('sleep', ['1']);`, /ChildProcess \d+: sleep 1/],
    ['a timer', `setInterval(() => undefined, 1_000);`, /Timeout/],
  ])('is ended and failed, and names what kept it open: %s', async (_what, code, named) => {
    await expect(runEndsAfter(code)).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(named) });
  });

  it.each([{ watch: true }, { watchAll: true }])('is left alone where it goes on: %j', async (jest) => {
    await expect(runEndsAfter(`spawn('sleep', ['0.4']);`, jest)).resolves.toEqual({ stdout: '', stderr: '' });
  });

  it('is left alone where nothing is open', async () => {
    await expect(runEndsAfter('')).resolves.toEqual({ stdout: '', stderr: '' });
  });
});
