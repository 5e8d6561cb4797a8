import { expect, it } from '@jest/globals';
import { containersOf, readAnswer } from './engine.ts';
import type { Ran, Runner } from './run.ts';

const ok = (stdout: string) => ({ code: 0, stdout, stderr: '' });

it.each([
  [ok('26.1.5\n'), ok('2.26.1-4\n'), { versions: 'Docker 26.1.5, Compose 2.26.1-4' }],
  [ok('29.0.0'), ok('v5.0.1'), { versions: 'Docker 29.0.0, Compose 5.0.1' }],
  [ok('26.1.5'), ok('1.29.2'), { unavailable: 'docker compose 1.29.2 is older than v2' }],
  [
    ok('26.1.5'),
    { code: 1, stdout: '', stderr: "'compose' is not a docker command" },
    { unavailable: expect.stringMatching(/missing/) },
  ],
  [ok('26.1.5'), ok('Usage: docker'), { unavailable: expect.stringMatching(/missing/) }],
  [{ code: 1, stdout: '', stderr: 'Cannot connect\nmore' }, ok('2.26.1'), { unavailable: 'Cannot connect' }],
  [{ code: null, stdout: '', stderr: '' }, ok('2.26.1'), { unavailable: expect.stringMatching(/within 3 s/) }],
])('%j and %j say %j', (engine, compose, answer) => {
  expect(readAnswer(engine, compose)).toEqual(answer);
});

const inspects =
  (answer: Ran): Runner =>
  async (_program, [command]) =>
    command === 'ps' ? ok('one\ntwo') : answer;

it('a look that does not end in time is a fault, and no engine without containers', async () => {
  const runner = inspects({ code: null, stdout: '', stderr: '' });
  await expect(containersOf('nf', { runner })).rejects.toMatchObject({ code: 'docker_failed' });
});

it('containers that went away between two looks are left out', async () => {
  const runner = inspects({ code: 1, stdout: '[]', stderr: 'No such container: one' });
  expect(await containersOf('nf', { runner })).toEqual([]);
});
