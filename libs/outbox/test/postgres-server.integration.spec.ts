import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { describeWithPostgres } from './describe-with-postgres.ts';
import type { PostgresServer } from '../src/testing.ts';

const WITHIN_MS = 20_000;

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describeWithPostgres('a PostgreSQL of a test', (binary) => {
  it('does not outlive a process that is killed', async () => {
    const owner = fork(`${import.meta.dirname}/postgres-holder.ts`, [binary], { execArgv: ['--no-warnings'] });
    const [{ host }] = (await once(owner, 'message')) as [PostgresServer['connection']];
    const pid = Number(readFileSync(join(host, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
    try {
      expect(isThere(pid)).toBe(true);
      const ended = once(owner, 'exit');
      owner.kill('SIGKILL');
      await ended;
      await until(() => !isThere(pid), WITHIN_MS);
    } finally {
      if (isThere(pid)) process.kill(pid, 'SIGKILL');
      rmSync(host, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    }
  });
});
