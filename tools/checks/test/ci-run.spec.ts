import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';

const ci = resolve(import.meta.dirname, '../../../.ci');
let clone: string;

const program = (path: string, script: string): void => {
  const file = join(clone, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
};
const environment = () => ({ HOME: clone, TMPDIR: join(clone, 'tmp'), PATH: `${clone}/bin:/usr/bin:/bin` });
function run() {
  const { status, stdout } = spawnSync(join(clone, '.ci/run'), { encoding: 'utf8', env: environment() });
  const lines = stdout.trimEnd().split('\n');
  return { status, last: lines.at(-1), stdout };
}

/** A machine on which everything is there but an engine, and on which `make` and the bare machine say what a test wants. */
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'nestfleet-ci-'));
  for (const name of ['run', 'steps.sh']) cpSync(join(ci, name), join(clone, '.ci', name));
  mkdirSync(join(clone, 'tmp'));
  for (const name of ['chromium', 'haproxy', 'curl', 'git', 'pgrep', 'promtool']) program(`bin/${name}`, 'exit 0');
  for (const name of ['docker', 'apt-get']) program(`bin/${name}`, 'exit 1');
  program('.ci/bare', 'echo "11 passed, 0 failed, 0 skipped"');
  program('bin/make', '[ "$1" != test ] || echo "900 passed, 0 failed, 2 skipped"');
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

describe('.ci/run', () => {
  it('ends with the time of each step and the sum of both parts', () => {
    const { status, last, stdout } = run();
    expect([status, last]).toEqual([0, '911 passed, 0 failed, 2 skipped']);
    for (const step of [
      'programs',
      'engine',
      'promtool',
      'install',
      'a bare machine, beside',
      'make test',
      'all of it',
    ])
      expect(stdout).toMatch(new RegExp(`^${step} +\\d+ s$`, 'm'));
    expect(stdout).toContain('NO DOCKER ENGINE WITH ITS IMAGES CAN BE HAD HERE');
  });

  it.each([
    [
      'the bare machine has a failed check',
      '.ci/bare',
      'echo "10 passed, 1 failed, 0 skipped"; exit 1',
      '910 passed, 1',
    ],
    ['the bare machine does not come to an end', '.ci/bare', 'exit 137', '900 passed, 1'],
    [
      'a test fails',
      'bin/make',
      '[ "$1" != test ] || { echo "8 passed, 3 failed, 0 skipped"; exit 2; }',
      '19 passed, 3',
    ],
    ['the tests do not come to an end', 'bin/make', '[ "$1" != test ]', '11 passed, 1'],
    ['nothing can be installed', 'bin/make', 'exit 2', '11 passed, 1'],
    ['a test fails and make calls it well', 'bin/make', 'echo "8 passed, 1 failed, 0 skipped"', '19 passed, 1'],
  ])('is red when %s', (_, path, script, sum) => {
    program(path, script);
    const { status, last } = run();
    expect(status).not.toBe(0);
    expect(last).toMatch(new RegExp(`^${sum} failed, \\d skipped$`));
  });

  it.each([
    ['the bare machine', '.ci/bare', ''],
    ['the tests', 'bin/make', '[ "$1" = test ] || exit 0;'],
  ])('takes %s with it when it is ended, and leaves no file', async (_, path, first) => {
    const [began, told] = [join(clone, 'began'), join(clone, 'told')];
    program(path, `${first} trap 'echo > "${told}"; exit' TERM; echo > "${began}"; while :; do sleep 0.1; done`);
    const child = spawn(join(clone, '.ci/run'), { stdio: 'ignore', env: environment() });
    await until(() => existsSync(began), 20_000);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    expect(existsSync(told)).toBe(true);
    expect(spawnSync('ls', ['-A', join(clone, 'tmp')], { encoding: 'utf8' }).stdout).toBe('');
  });
});

it('every program that .ci/bare hides is one that a test looks for, and none of them is missed', () => {
  const hidden = /^hidden='([^']+)'$/m.exec(readFileSync(join(ci, 'bare'), 'utf8'))?.[1]?.split(' ');
  const wanted = ['redis-server', 'consul', 'haproxy', 'chromium', 'docker', 'promtool', 'nx'];
  expect(hidden).toEqual(expect.arrayContaining(wanted));
});
