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
function run(more: Readonly<Record<string, string>> = {}) {
  const env = { ...environment(), ...more };
  const { status, stdout } = spawnSync(join(clone, '.ci/run'), { encoding: 'utf8', env });
  const lines = stdout.trimEnd().split('\n');
  return { status, last: lines.at(-1), stdout };
}

const runWithEngine = () => run({ DOCKER_HOST: `unix://${clone}/.cache/nestfleet-engine/docker.sock` });
const built = (): boolean => existsSync(join(clone, 'built'));

/** What the programs of the Kubernetes were asked for. */
const askedFor = (): string[] =>
  existsSync(join(clone, 'asked')) ? readFileSync(join(clone, 'asked'), 'utf8').trimEnd().split('\n') : [];
const tell = (words: string): string => `echo "${words}" >> "${clone}/asked"`;
const builtBefore = (): void => {
  spawnSync(join(clone, '../shared/engine/kubernetes/prepare.sh'));
  rmSync(join(clone, 'asked'));
};

/** A machine on which everything is there but an engine, and on which `make` and the bare machine say what a test wants. */
beforeEach(() => {
  clone = join(mkdtempSync(join(tmpdir(), 'nestfleet-ci-')), 'clone');
  mkdirSync(clone);
  for (const name of ['run', 'steps.sh']) cpSync(join(ci, name), join(clone, '.ci', name));
  mkdirSync(join(clone, 'tmp'));
  for (const name of ['chromium', 'haproxy', 'curl', 'git', 'pgrep', 'promtool']) program(`bin/${name}`, 'exit 0');
  for (const name of ['docker', 'apt-get']) program(`bin/${name}`, 'exit 1');
  program('bin/ip', 'exit 0');
  program('bin/nsenter', 'shift; exec "$@"');
  program('.ci/bare', 'echo "11 passed, 0 failed, 0 skipped"');
  program('bin/make', '[ "$1" != test ] || echo "900 passed, 0 failed, 2 skipped"');
});
afterEach(() => rmSync(join(clone, '..'), { recursive: true, force: true }));

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
    expect(stdout).toContain('NO IMAGE OF TRAEFIK IS HERE');
    expect(stdout).toContain('NO PROGRAM OF KUBERNETES IS HERE: NOTHING IS TESTED ON ONE');
  });

  describe('with an engine of its own', () => {
    beforeEach(() => {
      program('bin/docker', `case "$*" in *traefik*) [ -e "${clone}/built" ] ;; esac`);
      program('bin/go', 'exit 0');
      program('bin/make', `[ "$1" != test ] || { echo > "${clone}/tested"; echo "900 passed, 0 failed, 2 skipped"; }`);
      program(
        '../shared/engine/build-images.sh',
        `case "$*" in *traefik*) [ -e "${clone}/tested" ] && echo > "${clone}/built" ;; esac`,
      );
    });

    it('builds Traefik behind the tests, for the next run', () => {
      const { status, last, stdout } = runWithEngine();
      expect([status, last]).toEqual([0, '911 passed, 0 failed, 2 skipped']);
      expect(stdout).toContain('NO IMAGE OF TRAEFIK IS HERE: CONFORMANCE OVER IT IS SKIPPED');
      expect(stdout).toMatch(/^traefik, for the next run +\d+ s$/m);
      expect(built()).toBe(true);
    });

    it.each([
      ['its build fails', '../shared/engine/build-images.sh', 'case "$*" in *traefik*) exit 1 ;; esac'],
      ['its build ends with no image', '../shared/engine/build-images.sh', 'exit 0'],
    ])('is green where %s', (_what, path, script) => {
      program(path, script);
      const { status, last, stdout } = runWithEngine();
      expect([status, last]).toEqual([0, '911 passed, 0 failed, 2 skipped']);
      expect(stdout).toContain('TRAEFIK COULD NOT BE BUILT');
      expect(built()).toBe(false);
    });

    it('builds nothing where it is there', () => {
      program('bin/docker', 'exit 0');
      const { status, stdout } = runWithEngine();
      expect(status).toBe(0);
      expect(stdout).not.toMatch(/NO IMAGE OF TRAEFIK|COULD NOT BE BUILT/);
      expect(built()).toBe(false);
    });
  });

  describe('with the program of a Kubernetes', () => {
    beforeEach(() => {
      program('bin/docker', 'exit 0');
      program('bin/go', 'exit 0');
      program('../shared/engine/build-images.sh', 'exit 0');
      for (const file of ['main.go', 'go.sum', 'build.sh']) program(`../shared/engine/kubernetes/kube/${file}`, file);
      for (const script of ['up', 'down'])
        program(`../shared/engine/kubernetes/${script}.sh`, tell(`${script} $NODES`));
      const key = 'cat "$(dirname "$0")"/kube/*.go "$(dirname "$0")"/kube/go.sum "$(dirname "$0")"/kube/build.sh';
      const home = `${clone}/.cache/nestfleet-engine/kubernetes`;
      program(
        '../shared/engine/kubernetes/prepare.sh',
        `${tell('prepare $*')}; mkdir -p "${home}"; cp /bin/true "${home}/kube"; ${key} | sha256sum | cut -c1-16 > "${home}/kube.key"`,
      );
      const kubernetes = `${tell('test $CONTEXT $KUBECONFIG')}; echo "7 passed, 0 failed, 1 skipped"; exit 0`;
      program(
        'bin/make',
        `case "$*" in *ONLY=cluster) ${kubernetes} ;; test) echo "900 passed, 0 failed, 2 skipped" ;; esac`,
      );
    });
    const images =
      'nestfleet/api:dev nestfleet/frontend-gateway:dev nestfleet/worker:dev redis:8 node:24-bookworm-slim';

    it('tests on one, ends it, and counts what was tested there', () => {
      builtBefore();
      const { status, last, stdout } = runWithEngine();
      expect([status, last]).toEqual([0, '918 passed, 0 failed, 3 skipped']);
      const config = `${clone}/.cache/nestfleet-engine/kubernetes/run/admin.kubeconfig`;
      expect(askedFor()).toEqual([`prepare ${images}`, 'up n1 n2', `test c ${config}`, 'down n1 n2']);
      expect(stdout).not.toMatch(/NO PROGRAM OF KUBERNETES|NO KUBERNETES COMES UP|COULD NOT BE/);
    });

    it('builds it behind the tests for the next run, where it is not there', () => {
      const { status, stdout } = runWithEngine();
      expect(status).toBe(0);
      expect(askedFor()).toEqual(['prepare']);
      expect(stdout).toContain('NO PROGRAM OF KUBERNETES IS HERE: NOTHING IS TESTED ON ONE');
      expect(stdout).toMatch(/^kubernetes, for the next run +\d+ s$/m);
    });

    it('builds it anew where its sources have changed since', () => {
      builtBefore();
      program('../shared/engine/kubernetes/kube/main.go', 'another');
      expect(runWithEngine().stdout).toContain('NO PROGRAM OF KUBERNETES IS HERE');
      expect(askedFor()).toEqual(['prepare']);
    });

    it('is green and loud where it does not come up, and ends what came up of it', () => {
      builtBefore();
      program('../shared/engine/kubernetes/up.sh', 'exit 1');
      const { status, last, stdout } = runWithEngine();
      expect([status, last]).toEqual([0, '911 passed, 0 failed, 2 skipped']);
      expect(stdout).toContain('NO KUBERNETES COMES UP HERE: NOTHING IS TESTED ON ONE');
      expect(askedFor()).toContain('down n1 n2');
    });

    it('has an API server look at the manifests where no node comes up', () => {
      builtBefore();
      program('../shared/engine/kubernetes/up.sh', `${tell('up $NODES')}; [ -z "$NODES" ]`);
      const { status, last, stdout } = runWithEngine();
      expect([status, last]).toEqual([0, '918 passed, 0 failed, 3 skipped']);
      const all = askedFor().map((each) => each.trim().replace(/ \/.*/, ''));
      expect(all.slice(1)).toEqual(['up n1 n2', 'down n1 n2', 'up', 'test c', 'down']);
      expect(stdout).toContain('NO NODE OF KUBERNETES COMES UP HERE');
    });

    it("says what is missing where only the engine is somebody else's", () => {
      builtBefore();
      const { stdout } = run();
      expect(stdout).toContain('THE ENGINE IS NOT ONE OF OUR OWN: NOTHING IS TESTED ON A KUBERNETES');
      expect(stdout).not.toContain('NO PROGRAM OF KUBERNETES');
      expect(askedFor()).toEqual([]);
    });

    it.each([
      ['prepare', undefined],
      ['up', 'down n1 n2'],
    ])('takes %s.sh with it when it is ended, and ends what came up', async (name, last) => {
      builtBefore();
      const [began, told] = [join(clone, 'began'), join(clone, 'told')];
      const wait = `trap 'echo > "${told}"; exit' TERM; echo > "${began}"; while :; do sleep 0.1; done`;
      program(`../shared/engine/kubernetes/${name}.sh`, wait);
      const env = { ...environment(), DOCKER_HOST: `unix://${clone}/.cache/nestfleet-engine/docker.sock` };
      const child = spawn(join(clone, '.ci/run'), { stdio: 'ignore', env });
      await until(() => existsSync(began), 20_000);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      expect(existsSync(told)).toBe(true);
      expect(askedFor().at(-1)).toBe(last);
    });

    it('leaves one alone that runs already', () => {
      builtBefore();
      program('bin/ip', 'echo nk-cp');
      expect(runWithEngine().stdout).toContain('NO KUBERNETES COMES UP HERE');
      expect(askedFor()).toEqual([]);
    });

    it.each([
      ['a check fails', 'echo "6 passed, 1 failed, 0 skipped"; exit 1', '917 passed, 1 failed, 2 skipped'],
      ['the tests do not come to an end', 'exit 137', '911 passed, 1 failed, 2 skipped'],
    ])('is red when %s there, and ends it', (_what, words, sum) => {
      builtBefore();
      program(
        'bin/make',
        `case "$*" in *ONLY=cluster) ${words} ;; test) echo "900 passed, 0 failed, 2 skipped" ;; esac`,
      );
      const { status, last } = runWithEngine();
      expect(status).not.toBe(0);
      expect(last).toBe(sum);
      expect(askedFor()).toContain('down n1 n2');
    });
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
