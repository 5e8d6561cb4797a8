import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { runChild } from './child.ts';
import { exitLimit } from './exit-limit.ts';

describe('exitLimit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nestfleet-exit-limit-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A program that writes its report and goes on for `seconds`. */
  async function run(name: string, seconds: number, withinMs: number) {
    const report = join(folder, name);
    const limit = exitLimit(report, withinMs);
    const command = `sh -c 'echo done >"$1"; exec sleep ${seconds}' sh "${report}"`;
    const code = await runChild(command, { cwd: folder, logFile: join(folder, 'log'), signal: limit.signal });
    limit.stop();
    return { code, limit, report };
  }

  it('ends who has reported and does not exit, and lists it', async () => {
    const { code, limit, report } = await run('hangs', 60, 200);
    expect(code).toBeNull();
    expect(limit.signal.aborted).toBe(true);
    expect(limit.left.join('\n')).toContain(report);
  });

  it('leaves alone who exits in time', async () => {
    const { code, limit } = await run('exits', 0, 20_000);
    expect([code, limit.signal.aborted, limit.left]).toEqual([0, false, []]);
  });

  it('gives who has not reported yet any time, and counts from the report', async () => {
    const report = join(folder, 'late');
    const limit = exitLimit(report, 100);
    const startMs = performance.now();
    await until(() => performance.now() - startMs > 300, 20_000);
    expect(limit.signal.aborted).toBe(false);
    writeFileSync(report, 'done');
    await until(() => limit.signal.aborted, 20_000);
    limit.stop();
  });
});
