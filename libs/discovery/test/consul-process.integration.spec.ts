import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { describeWithConsul } from './consul-tier.ts';

const WITHIN_MS = 20_000;

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describeWithConsul('a Consul of a test', () => {
  it('does not outlive a process that is killed', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'nestfleet-consul-'));
    const owner = fork(`${import.meta.dirname}/consul-holder.ts`, [dataDir], { execArgv: ['--no-warnings'] });
    const [pid] = (await once(owner, 'message')) as [number];
    try {
      expect(alive(pid)).toBe(true);
      owner.kill('SIGKILL');
      await until(() => !alive(pid), WITHIN_MS);
    } finally {
      if (alive(pid)) process.kill(pid, 'SIGKILL');
      await rm(dataDir, { recursive: true, maxRetries: 5, retryDelay: 50 });
    }
  });
});
