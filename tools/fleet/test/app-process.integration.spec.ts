import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@nestfleet/timing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startTime } from '../src/process/identity.ts';
import { appProcess, type AppProcess } from '../src/serve/app-process.ts';

/** Longer than a slow machine takes for one step; nothing here waits for it where all is well. */
const SOON_MS = 30_000;

/** Notes its life in a file; takes its time to leave, as an app that finishes what is in flight. */
const patient = `
import { appendFileSync } from 'node:fs';
const note = (word) => appendFileSync(process.env.NOTES, word + ' ' + process.pid + '\\n');
const stay = setInterval(() => undefined, 60_000);
process.on('SIGTERM', () => { note('asked'); setTimeout(() => { note('left'); clearInterval(stay); }, 300); });
note('up');
`;
const deaf = patient.replace(
  'process.on(',
  "process.on('SIGTERM', () => undefined); const never = () => undefined; never(",
);

describe('a served app', () => {
  let dir: string;
  let notes: string;
  let app: AppProcess | undefined;
  let parent: ChildProcess | undefined;
  const said: string[] = [];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'app-spec-'));
    notes = join(dir, 'notes');
    writeFileSync(notes, '');
    said.length = 0;
  });
  afterEach(async () => {
    parent?.kill('SIGKILL');
    await app?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const words = (): string[] => readFileSync(notes, 'utf8').split('\n').filter(Boolean);
  const kinds = (): string[] => words().map((word) => word.split(' ')[0] ?? '');
  const script = (text: string): string => {
    const path = join(dir, 'main.mjs');
    writeFileSync(path, text);
    return path;
  };
  const serve = (text: string, killAfterMs = SOON_MS): AppProcess => {
    const env = { ...process.env, NODE_OPTIONS: '', NOTES: notes };
    app = appProcess({ name: 'app', script: script(text), env, killAfterMs, say: (line) => said.push(line) });
    return app;
  };

  it('has left before its successor starts, and many changes at once are one restart', async () => {
    const served = serve(patient);
    await served.restart();
    await until(() => words().length === 1, SOON_MS);
    await Promise.all([served.restart(), served.restart(), served.restart()]);
    await until(() => words().length === 4, SOON_MS);
    expect(kinds()).toEqual(['up', 'asked', 'left', 'up']);
    await served.stop();
    expect(kinds().slice(4)).toEqual(['asked', 'left']);
    expect(served.crashed()).toBe(false);
  });

  it('that does not leave is killed at the hard deadline, aloud', async () => {
    const served = serve(deaf, 300);
    await served.restart();
    await until(() => words().length === 1, SOON_MS);
    await served.stop();
    expect(said.join('\n')).toContain('has not ended within 0.3 s');
  });

  it('that crashes is reported with its code and waits for a change', async () => {
    const served = serve('process.exit(3);');
    await served.restart();
    await until(() => said.some((line) => line.includes('ended by itself with code 3')), SOON_MS);
    expect(served.crashed()).toBe(true);
    writeFileSync(join(dir, 'main.mjs'), patient);
    await served.restart();
    await until(() => words().length === 1, SOON_MS);
    expect(served.crashed()).toBe(false);
  });

  it('leaves when the dev server is killed', async () => {
    const env = { ...process.env, NODE_OPTIONS: '', NOTES: notes };
    const holder = [join(import.meta.dirname, 'app-holder.ts'), script(patient)];
    parent = spawn(process.execPath, holder, { stdio: 'ignore', env });
    await until(() => words().length === 1, SOON_MS);
    const pid = Number(words()[0]?.split(' ')[1]);
    parent.kill('SIGKILL');
    await until(() => startTime(pid) === undefined, SOON_MS);
    expect(kinds()).toEqual(['up', 'asked', 'left']);
  });
});
