import { describe, expect, it, jest } from '@jest/globals';
import { answeredDuringStall } from '@nestfleet/timing/testing';
import { RunningJob } from './running-job.ts';
import { RunningJobs } from './running-jobs.ts';

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

const LONG_MS = 60_000;

describe('RunningJob', () => {
  it('answers how the handler ended', async () => {
    await expect(new RunningJob().run(async () => 7, LONG_MS)).resolves.toEqual({ kind: 'returned', result: 7 });
    const error = new Error('no');
    await expect(new RunningJob().run(() => Promise.reject(error), LONG_MS)).resolves.toEqual({ kind: 'threw', error });
  });

  it('is released by a handler that stops when aborted', async () => {
    const running = new RunningJob();
    const end = running.run(() => untilAborted(running.signal), LONG_MS);
    running.stop('worker_shutdown');
    await expect(end).resolves.toBe('released');
    expect(running.signal.reason).toMatchObject({ code: 'worker_shutdown' });
  });

  it('has been stopped once, for who asks before and for who asks afterwards', async () => {
    const running = new RunningJob();
    const before = running.unlessStopped(new Promise(() => undefined));
    running.stop('lock_lost');
    running.stop('worker_shutdown');
    const { reason, signal } = running;
    expect(reason).toMatchObject({ code: 'lock_lost' });
    expect([signal.aborted, signal.reason]).toEqual([true, reason]);
    await expect(before).rejects.toBe(reason);
    await expect(running.unlessStopped(new Promise(() => undefined))).rejects.toBe(reason);
    await expect(running.run(() => new Promise(() => undefined), LONG_MS)).resolves.toMatchObject({ kind: 'threw' });
  });

  it('is released from a handler that ignores its signal', async () => {
    const running = new RunningJob();
    const end = running.run(() => new Promise(() => undefined), LONG_MS);
    running.stop('worker_shutdown');
    await expect(end).resolves.toBe('released');
  });

  it('leaves no timer behind, whenever the shutdown comes', async () => {
    jest.useFakeTimers();
    try {
      const early = new RunningJob();
      early.stop('worker_shutdown');
      const late = new RunningJob();
      const ends = [early, late].map((running) => running.run(() => new Promise(() => undefined), LONG_MS));
      late.stop('cancelled');
      await jest.advanceTimersByTimeAsync(100);
      late.stop('worker_shutdown');
      await jest.advanceTimersByTimeAsync(300);
      await Promise.all(ends);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('knows whether its handler goes on', async () => {
    const running = new RunningJob();
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = running.run(() => promise, LONG_MS);
    running.stop('worker_shutdown');
    await end;
    const { handler } = running;
    expect(handler).toBeDefined();
    resolve();
    await handler;
    expect(running.handler).toBeUndefined();
  });

  it('has no handler that goes on where it throws before it waits', async () => {
    const running = new RunningJob();
    await running.run(() => {
      throw new Error('at once');
    }, LONG_MS);
    expect(running.handler).toBeUndefined();
  });

  it('counts as done when the handler ends well in its last moments', async () => {
    const running = new RunningJob<string>();
    const end = running.run(async () => {
      await untilAborted(running.signal).catch(() => undefined);
      return 'done';
    }, LONG_MS);
    running.stop('worker_shutdown');
    await expect(end).resolves.toEqual({ kind: 'returned', result: 'done' });
  });

  it('counts as done when what it waits for has arrived while our own process stood still', async () => {
    const end = answeredDuringStall(300, (answer) => {
      const running = new RunningJob<string>();
      const ended = running.run(() => answer, LONG_MS);
      running.stop('worker_shutdown');
      return ended;
    });
    await expect(end).resolves.toEqual({ kind: 'returned', result: 'answered' });
  });

  describe('at its time limit', () => {
    it('has failed by it, whatever the handler throws then', async () => {
      const running = new RunningJob();
      const end = running.run(async () => {
        await untilAborted(running.signal).catch(() => undefined);
        throw new Error('interrupted');
      }, 10);
      await expect(end).resolves.toMatchObject({ kind: 'threw', error: { code: 'time_limit' } });
      expect(running.signal.reason).toMatchObject({ code: 'time_limit' });
    });

    it('has failed with a handler that ignores its signal, and at once in a shutdown', async () => {
      const running = new RunningJob();
      const end = running.run(() => new Promise(() => undefined), 10);
      const stoppedMs = performance.now();
      setTimeout(() => running.stop('worker_shutdown'), 50);
      await expect(end).resolves.toMatchObject({ kind: 'threw', error: { code: 'time_limit' } });
      expect(performance.now() - stoppedMs).toBeLessThan(3_000);
    });

    it('counts as done when the handler still ends well', async () => {
      const running = new RunningJob<string>();
      const end = running.run(async () => {
        await untilAborted(running.signal).catch(() => undefined);
        return 'done';
      }, 10);
      await expect(end).resolves.toEqual({ kind: 'returned', result: 'done' });
    });
  });

  it('leaves the attempt to the handler when only the lock is lost', async () => {
    const running = new RunningJob();
    const end = running.run(() => untilAborted(running.signal), LONG_MS);
    running.stop('lock_lost');
    await expect(end).resolves.toMatchObject({ kind: 'threw', error: { code: 'lock_lost' } });
  });
});

describe('RunningJobs', () => {
  it('is idle when the last one was removed', async () => {
    const jobs = new RunningJobs<RunningJob<unknown>>();
    const [a, b] = [new RunningJob(), new RunningJob()];
    jobs.add(a);
    jobs.add(b);
    const idle = jest.fn();
    const done = jobs.idle().then(idle);
    jobs.remove(a);
    await Promise.resolve();
    expect(idle).not.toHaveBeenCalled();
    jobs.remove(b);
    await done;
    await expect(jobs.idle()).resolves.toBeUndefined();
  });

  it('stops all that are there', () => {
    const jobs = new RunningJobs<RunningJob<unknown>>();
    const [a, b] = [new RunningJob(), new RunningJob()];
    jobs.add(a);
    jobs.add(b);
    jobs.remove(a);
    jobs.stopAll('worker_shutdown');
    expect(a.signal.aborted).toBe(false);
    expect(b.signal.reason).toMatchObject({ code: 'worker_shutdown' });
  });
});
