import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { OutOfService } from './out-of-service.ts';

function parts() {
  const done: string[] = [];
  const lifecycle = new Lifecycle();
  const resumed = { hook: () => {} };
  const paused: { until?: Promise<void> } = {};
  const service = new OutOfService({
    instanceId: 'unit-1-1',
    lifecycle,
    onDrain: ['a', 'b'].map((name) => ({
      name,
      run: async () => {
        await paused.until;
        done.push(`pause ${name}`);
      },
      resume: async () => {
        done.push(`resume ${name}`);
        resumed.hook();
      },
    })),
    maintenance: async (on) => void done.push(on ? 'on' : 'off'),
    log: pino({ level: 'silent' }),
    catalogTimeout: () => new Promise(() => {}),
  });
  return { done, lifecycle, service, resumed, paused };
}

describe('OutOfService', () => {
  it('refuses before the first readiness, which would undo it', async () => {
    const { service, done, lifecycle } = parts();
    await expect(service.drain()).rejects.toMatchObject({ code: 'control_not_now' });
    expect(done).toEqual([]);
    expect(lifecycle.phase).toBe('starting');
  });

  it('takes back in the opposite order', async () => {
    const { service, done, lifecycle } = parts();
    lifecycle.ready();
    await service.drain();
    await service.undrain();
    expect(done).toEqual(['on', 'pause a', 'pause b', 'resume b', 'resume a', 'off']);
  });

  it('carries out one command after the other, or a slow drain would undo a newer undrain', async () => {
    const { service, done, lifecycle, paused } = parts();
    lifecycle.ready();
    const { promise, resolve } = Promise.withResolvers<void>();
    paused.until = promise;
    const orders = Promise.all([service.drain(), service.undrain()]);
    await new Promise(setImmediate);
    expect([done, lifecycle.phase]).toEqual([['on'], 'drained']);
    resolve();
    expect((await orders).map(({ phase }) => phase)).toEqual(['drained', 'serving']);
    expect(done).toEqual(['on', 'pause a', 'pause b', 'resume b', 'resume a', 'off']);
  });

  it.each([
    ['the first', 'b', ['resume b']],
    ['the last', 'a', ['resume b', 'resume a']],
  ])('stops when the shutdown begins at %s step back, and does not call callers back', async (_name, at, steps) => {
    const { service, done, lifecycle, resumed } = parts();
    lifecycle.ready();
    await service.drain();
    done.length = 0;
    resumed.hook = () => void (done.at(-1) === `resume ${at}` && lifecycle.beginShutdown());
    await expect(service.undrain()).rejects.toMatchObject({ code: 'control_not_now' });
    expect(done).toEqual(steps);
    expect(lifecycle.phase).toBe('draining');
  });
});
