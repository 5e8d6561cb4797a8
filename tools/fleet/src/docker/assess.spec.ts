import { expect, it } from '@jest/globals';
import type { Container } from './containers.ts';
import { countReady, isChanging, assessContainers, describeMissing } from './assess.ts';

const one = (service: string, state: Container['state'], more: Partial<Container> = {}): Container => ({
  id: service,
  name: `nf-${service}-1`,
  service,
  number: 1,
  imageId: '',
  image: '',
  state,
  exitCode: 0,
  restarts: 0,
  hasRun: true,
  startedAtMs: 0,
  servedBy: '',
  addresses: {},
  address: null,
  env: {},
  published: [],
  ...more,
});
const wanted = { redis: 1, api: 2, worker: 0 };
const redis = one('redis', 'ready');

it.each<[string, Container[], boolean, string]>([
  ['all ready', [redis, one('api', 'ready'), one('api', 'ready')], true, 'reached'],
  ['all ready, Compose not done', [redis, one('api', 'ready'), one('api', 'ready')], false, 'pending'],
  ['one too few', [redis, one('api', 'ready')], true, 'pending'],
  ['one too many', [redis, one('api', 'ready'), one('api', 'ready'), one('api', 'ready')], true, 'pending'],
  [
    'one that none was wanted of',
    [redis, one('api', 'ready'), one('api', 'ready'), one('worker', 'ready')],
    true,
    'pending',
  ],
  ['another service', [redis, one('api', 'ready'), one('api', 'ready'), one('x', 'unhealthy')], true, 'reached'],
  ['one starting', [redis, one('api', 'ready'), one('api', 'starting')], true, 'pending'],
  ['one between two tries', [redis, one('api', 'backing-off', { restarts: 2, exitCode: 1 })], false, 'pending'],
  ['one stopped that is about to be started', [redis, one('api', 'stopped')], false, 'pending'],
])('%s', (_, containers, allStarted, is) => {
  expect(assessContainers(containers, wanted, allStarted).is).toBe(is);
});

it.each<[Container, boolean, RegExp]>([
  [one('api', 'unhealthy'), false, /not healthy/],
  [one('api', 'stopped', { exitCode: 137 }), true, /code 137/],
  [one('api', 'backing-off', { restarts: 3, exitCode: 1 }), false, /3 times.*code 1$/],
  [one('api', 'backing-off', { exitCode: 78 }), false, /settings are wrong/],
])('failed: %j', (container, allStarted, why) => {
  expect(assessContainers([redis, container], wanted, allStarted)).toEqual({
    is: 'failed',
    container,
    why: expect.stringMatching(why),
  });
});

it('says what is missing', () => {
  expect(describeMissing([redis, one('api', 'starting')], wanted)).toBe('1 of 2 api, nf-api-1 is starting');
});

it.each<[Container, boolean]>([
  [one('api', 'starting'), true],
  [one('api', 'backing-off'), true],
  [one('api', 'leaving'), true],
  [one('api', 'starting', { hasRun: false }), false],
  [one('api', 'stopped'), false],
  [one('api', 'paused'), false],
  [one('worker', 'starting'), false],
])('changes by itself: %j is %s', (container, isSo) => {
  expect(isChanging([redis, container], wanted)).toBe(isSo);
});

it('counts what is ready of what is wanted', () => {
  const containers = [redis, one('api', 'ready'), one('api', 'starting'), one('worker', 'ready'), one('x', 'ready')];
  expect(countReady(containers, wanted)).toBe(2);
});
