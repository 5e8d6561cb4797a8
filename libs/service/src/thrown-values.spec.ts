import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problem } from '@nestfleet/contracts';
import { Controller, Get, Module, Param } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { createApp } from './boot/create-app.ts';
import { baseConfig } from './config/base-config.ts';
import { loadConfig } from './config/environment.ts';
import { runProbe } from './health/probes.ts';
import { identify } from './identity.ts';
import { shutdown } from './shutdown/shutdown-sequence.ts';
import { Lifecycle } from './lifecycle/lifecycle.ts';
import { createLogger } from './logging.ts';
import { createMetrics } from './metrics.ts';

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const unreadable = (name: string): Error =>
  Object.defineProperty(new Error('hidden'), name, {
    enumerable: true,
    get: () => {
      throw new Error('do not look');
    },
  });

const THROWN: readonly (readonly [string, unknown, string])[] = [
  ['nothing', undefined, 'undefined was thrown'],
  ['null', null, 'null was thrown'],
  ['a text', 'disk full', 'disk full'],
  ['a number', 7, '7 was thrown'],
  ['a frozen object', Object.freeze({ code: 5 }), '{"code":5} was thrown'],
  ['an object without a prototype', Object.create(null), '{} was thrown'],
  ['an Error whose message throws', unreadable('message'), 'what was thrown cannot be read (object)'],
  ['an Error with a field that throws', unreadable('more'), 'hidden'],
  ['a proxy that is over', revoked(), 'what was thrown cannot be read (object)'],
];
const throwing = (thrown: unknown) => () => {
  throw thrown;
};

const line = z.object({ level: z.string(), message: z.string(), err: z.object({ message: z.string() }).optional() });
let lines: z.infer<typeof line>[] = [];
const shape = baseConfig({ httpPort: 0 });
const config = loadConfig(shape, { INSTANCE_NAME: 'unit-1' });
const identity = identify('unit', '1.0.0', config, { hostname: 'box', pid: 1, nowMs: 1 });
const log = createLogger(identity, 'info', {
  write: (text) =>
    lines.push(
      ...text
        .trimEnd()
        .split('\n')
        .map((each) => line.parse(JSON.parse(each))),
    ),
});
const faults = () => lines.flatMap(({ err }) => (err === undefined ? [] : [err.message]));

@Controller()
class ThrowingController {
  @Get('throw/:at')
  throw(@Param('at') at: string): never {
    throw THROWN[Number(at)]?.[1];
  }
}

@Module({ controllers: [ThrowingController] })
class ThrowingModule {}

describe.each(THROWN.map(([what, thrown, words], at) => ({ what, thrown, words, at })))(
  '$what that is thrown',
  ({ thrown, words, at }) => {
    let app: NestFastifyApplication;
    beforeAll(async () => {
      lines = [];
      const lifecycle = new Lifecycle();
      const context = { config, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) };
      const composition = { module: ThrowingModule };
      const spec = { name: 'unit', version: '1.0.0', title: 'x', description: 'x', config: shape };
      app = await createApp({ ...spec, compose: () => composition }, context, composition);
      await app.init();
      await app.getHttpAdapter().getInstance().ready();
    });
    afterAll(() => app?.close());

    it('by a handler is a 500 without a detail, and its words are in the log', async () => {
      lines = [];
      const answer = await app.inject(`/throw/${at}`);
      expect(answer.statusCode).toBe(500);
      expect(problem.parse(answer.json())).toMatchObject({ code: 'internal', detail: 'Something went wrong here' });
      expect(faults()).toEqual([words]);
    });

    it('by a probe is its dependency being down, in words', async () => {
      expect(await runProbe({ name: 'x', check: throwing(thrown) })).toEqual({ status: 'down', detail: words });
      expect(await runProbe({ name: 'x', check: () => Promise.reject(thrown) })).toEqual({
        status: 'down',
        detail: words,
      });
    });

    it('by a step of the shutdown is logged, and the next step runs', async () => {
      lines = [];
      const ran: string[] = [];
      await shutdown({
        lifecycle: new Lifecycle(),
        timeouts: { drainDelayMs: 0, inFlightMs: 0, finishMs: 0, hardMs: 0 },
        log,
        maintenance: () => Promise.reject(thrown),
        onDrain: [{ name: 'drain', run: throwing(thrown) }],
        stopListening: throwing(thrown),
        connections: { count: 0, begun: 0 },
        beforeClose: [],
        cutConnections: () => undefined,
        withdraw: throwing(thrown),
        onClose: [
          { name: 'jobs', run: throwing(thrown) },
          { name: 'redis', run: async () => void ran.push('redis') },
        ],
        drainDelay: () => ({ over: true, why: 'time' }),
        sleep: () => Promise.resolve(),
        nowMs: () => 0,
      });
      expect(ran).toEqual(['redis']);
      expect(faults()).toEqual(Array(5).fill(words));
    });

    it('is a line of the log, also as the cause of another', () => {
      lines = [];
      log.error({ err: thrown }, 'alone');
      log.error({ err: new Error('outer', { cause: thrown }) }, 'as a cause');
      expect(lines.map(({ message }) => message)).toEqual(['alone', 'as a cause']);
      expect(faults()).toEqual([words, expect.stringMatching(/^outer/)]);
    });
  },
);
