import { expect, it } from '@jest/globals';
import { Compose } from './compose.ts';
import { dockerPaths } from './paths.ts';
import type { Ran, Runner } from './run.ts';
import { bringUp } from './wait.ts';

/** A container as a look at the engine shows it; `up` is running and healthy. */
type Shown = 'up' | 'starting' | 'created' | { readonly backsOffWith: number; readonly restarts: number };

const told = (service: string, shown: Shown) => {
  const backsOff = typeof shown === 'object';
  return {
    Id: service,
    Name: `/nf-${service}-1`,
    Created: '2026-11-21T11:00:00Z',
    Image: '',
    RestartCount: backsOff ? shown.restarts : 0,
    State: {
      Status: backsOff ? 'restarting' : shown === 'created' ? 'created' : 'running',
      ExitCode: backsOff ? shown.backsOffWith : 0,
      StartedAt: shown === 'created' ? '0001-01-01T00:00:00Z' : '2026-11-21T11:00:01Z',
      Health: { Status: shown === 'up' ? 'healthy' : 'starting' },
    },
    Config: { Hostname: '', Image: '', Labels: { 'com.docker.compose.service': service } },
    NetworkSettings: {},
  };
};

const ran = (stdout: string, code = 0): Ran => ({ code, stdout, stderr: code === 0 ? '' : stdout });

interface Engine {
  readonly looks: Record<string, Shown>[];
  readonly answers: string[];
  readonly lookMs: number;
  /** Of `docker logs`. */
  readonly log?: Ran;
}

/**
 * An engine whose looks take `lookMs` each and show `looks` one after the other, the last one for good. Compose says one of
 * `answers` each time that it is run: '' is success.
 */
function engine({ looks, answers, lookMs, log }: Engine) {
  let nowMs = 0;
  let shown: Record<string, Shown> = {};
  const runs = { compose: 0, look: 0 };
  const runner: Runner = async (_program, [command, ...args]) => {
    if (command === 'compose') {
      const answer = answers[runs.compose++] ?? 'Compose was run too often';
      return ran(answer, answer === '' ? 0 : 1);
    }
    if (command === 'logs') return log ?? ran(`last words of ${args.at(-1)}`);
    if (command === 'ps') {
      nowMs += lookMs;
      shown = looks[Math.min(runs.look++, looks.length - 1)] ?? {};
      return ran(Object.keys(shown).join('\n'));
    }
    return ran(JSON.stringify(Object.entries(shown).map(([service, each]) => told(service, each))));
  };
  const clock = { nowMs: () => nowMs, pause: async (forMs: number) => void (nowMs += forMs) };
  const compose = new Compose({ root: '/' }, dockerPaths('/stack'), 'nf', { runner });
  const wanted = { redis: 1, api: 1, gateway: 1 };
  const up = () => bringUp(compose, [], { wanted, withinMs: 100_000, say: () => undefined, clock });
  return { up, runs };
}

const NOT_HEALTHY = 'dependency failed to start: container nf-api-1 is unhealthy';
const again = (backsOffWith: number, restarts: number): Shown => ({ backsOffWith, restarts });

it.each([500, 6_000])('a reason that shows late is found, looks of %d ms', async (lookMs) => {
  const rest = { redis: 'up', gateway: 'created' } as const;
  const starting = { ...rest, api: 'starting' } as const;
  const looks = [
    {},
    { ...rest, api: again(1, 1) },
    ...Array.from({ length: 9 }, () => starting),
    { ...rest, api: again(78, 2) },
  ];
  const { up, runs } = engine({ looks, answers: [NOT_HEALTHY], lookMs });
  await expect(up()).rejects.toMatchObject({
    code: 'never_ready',
    message: expect.stringMatching(/nf-api-1 ended with code 78[^]*last words of api/),
  });
  expect(runs.compose).toBe(1);
});

it.each([500, 6_000])('one that is ready at its second try is no fault, looks of %d ms', async (lookMs) => {
  const looks: Record<string, Shown>[] = [
    {},
    { redis: 'up', api: again(1, 1), gateway: 'created' },
    { redis: 'up', api: 'starting', gateway: 'created' },
    { redis: 'up', api: 'up', gateway: 'created' },
    { redis: 'up', api: 'up', gateway: 'starting' },
    { redis: 'up', api: 'up', gateway: 'up' },
  ];
  const { up, runs } = engine({ looks, answers: [NOT_HEALTHY, ''], lookMs });
  await up();
  expect(runs.compose).toBe(2);
});

it('what Compose says is the fault once nothing changes any more', async () => {
  const looks: Record<string, Shown>[] = [{}, { redis: 'up', api: 'created', gateway: 'created' }];
  const { up, runs } = engine({ looks, answers: ['network not found', 'network not found'], lookMs: 500 });
  await expect(up()).rejects.toMatchObject({
    code: 'docker_failed',
    message: expect.stringContaining('network not found'),
  });
  // Redis was made ready by the first run: what the second one says is believed.
  expect(runs.compose).toBe(2);
});

it('one that starts for good is given up at the bound', async () => {
  const looks: Record<string, Shown>[] = [{}, { redis: 'up', api: 'starting', gateway: 'created' }];
  const { up } = engine({ looks, answers: [NOT_HEALTHY], lookMs: 500 });
  await expect(up()).rejects.toMatchObject({
    code: 'never_ready',
    message: expect.stringMatching(/not ready within 100 s: nf-api-1 is starting[^]*last words of api/),
  });
});

it('a log that could not be read in time does not look like an empty one', async () => {
  const looks: Record<string, Shown>[] = [{}, { redis: 'up', api: again(78, 1), gateway: 'created' }];
  const log = { code: null, stdout: '', stderr: '' };
  const { up } = engine({ looks, answers: [NOT_HEALTHY], lookMs: 500, log });
  await expect(up()).rejects.toMatchObject({ message: expect.stringContaining('could not be read within 30 s') });
});
