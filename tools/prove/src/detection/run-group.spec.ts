import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { until } from '@nestfleet/timing';
import { runGroup } from './run-group.ts';

const SOON_MS = 20_000;
const options = { cwd: import.meta.dirname, env: process.env, limitMs: SOON_MS };

/** A command that says the id of a server of its own, which nothing but SIGKILL ends. */
const withServer = (then: string) => ['-c', `(trap "" TERM; exec sleep 300 >/dev/null 2>&1) & echo $!; ${then}`];

function isAlive(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  if (existsSync('/proc/self/stat')) return existsSync(stat) && !readFileSync(stat, 'utf8').includes(') Z ');
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
const isGone = (output: string): Promise<unknown> => until(() => !isAlive(Number(output)), SOON_MS);

describe('runGroup', () => {
  it('answers the exit code and both outputs', async () => {
    const { code, output } = await runGroup('sh', ['-c', 'echo good; echo bad >&2; exit 3'], options);
    expect([code, output.split('\n').toSorted()]).toEqual([3, ['', 'bad', 'good']]);
  });

  it('ends with its limit, and with it the servers that it started', async () => {
    const { code, output } = await runGroup('sh', withServer('wait'), { ...options, limitMs: 500 });
    expect([code, output]).toEqual([-1, expect.stringMatching(/^\d+\n$/)]);
    await isGone(output);
  });

  it('leaves no server behind that a command which has ended has left', async () => {
    const { code, output } = await runGroup('sh', withServer('exit 1'), options);
    expect(code).toBe(1);
    await isGone(output);
  });

  it('rejects for a command that there is not', async () => {
    await expect(runGroup('nestfleet-no-such-command', [], options)).rejects.toThrow('ENOENT');
  });
});
