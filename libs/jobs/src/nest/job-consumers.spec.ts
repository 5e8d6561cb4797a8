import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger, type Type } from '@nestjs/common';
import { SHUTDOWN_STEPS } from '@nestfleet/timing';
import { Test } from '@nestjs/testing';
import { mail, recordedJobs, report } from '../../test/recorded-jobs.ts';
import { JobsError } from '../errors.ts';
import type { Jobs } from '../jobs.ts';
import { Processor } from './decorators.ts';
import { JobConsumers } from './job-consumers.ts';
import { JobsModule } from './jobs.module.ts';
import type { ConsumerSettings } from './jobs.module-options.ts';

@Processor(mail)
class MailProcessor {
  process = async () => ({ sent: true });
}

@Processor(report, { concurrency: 1 })
class ReportProcessor {
  process = async () => ({ sent: true });
}

/** An application that has started, with a processor of each queue. */
async function started(
  settings: ConsumerSettings = {},
  providers: Type[] = [MailProcessor, ReportProcessor],
  change = (jobs: Jobs): Jobs => jobs,
) {
  const recorded = recordedJobs([mail, report]);
  const imports = [JobsModule.forRoot({ jobs: change(recorded.jobs), ...settings })];
  const app = await Test.createTestingModule({ imports, providers }).compile();
  await app.init();
  return { ...recorded, app, consumers: app.get(JobConsumers) };
}

const consumed = ['consume mail by 4', 'consume report by 1'];
const each = (what: string, after = ''): string[] => ['mail', 'report'].map((name) => `${what} ${name}${after}`);

describe('JobConsumers', () => {
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('takes jobs once Redis is there, as many at a time as the processor says', async () => {
    const { calls, connected, app } = await started();
    expect(calls).toEqual([]);
    connected.resolve();
    await connected.promise;
    expect(calls).toEqual(consumed);
    await app.close();
  });

  it('pauses first when the application closes, then gives what runs its time, and leaves open jobs to their opener', async () => {
    const { calls, connected, app } = await started({ shutdownTimeoutMs: 700 });
    connected.resolve();
    await connected.promise;
    await app.close();
    expect(calls).toEqual([...consumed, ...each('pause'), ...each('close', ' 700')]);
  });

  it('gives what runs 25 s unless told', async () => {
    const { calls, connected, app } = await started();
    connected.resolve();
    await connected.promise;
    await app.close();
    expect(calls.slice(-2)).toEqual(each('close', ' 25000'));
  });

  it('takes no job when the application closes before Redis is there', async () => {
    const { calls, connected, app } = await started();
    await app.close();
    connected.resolve();
    await connected.promise;
    expect(calls).toEqual([]);
  });

  it('starts when it is told, where it does not start by itself', async () => {
    const { calls, connected, consumers } = await started({ autorun: false });
    connected.resolve();
    await connected.promise;
    expect(calls).toEqual([]);
    consumers.start();
    expect(calls).toEqual(consumed);
  });

  it('takes jobs again after a pause, and counts how many run', async () => {
    const { calls, consumers } = await started({ autorun: false });
    expect(consumers.running).toBe(0);
    consumers.start();
    await consumers.pause();
    await consumers.resume();
    expect(calls).toEqual([...consumed, ...each('pause'), ...each('resume')]);
    expect(consumers.running).toBe(4);
  });

  it('starts with the end of a pause that came first', async () => {
    const { calls, consumers } = await started({ autorun: false });
    await consumers.pause();
    consumers.start();
    expect(calls).toEqual([]);
    await consumers.resume();
    expect(calls).toEqual(consumed);
  });

  it('closes once, with the first time that it is given', async () => {
    const { calls, consumers, app } = await started({ autorun: false });
    consumers.start();
    await consumers.close(5);
    await app.close();
    expect(calls).toEqual([...consumed, ...each('close', ' 5')]);
  });

  it('has its steps in the shutdown of ShutdownModule, after which the hooks do nothing more', async () => {
    const { calls, consumers, app } = await started({ autorun: false, shutdownTimeoutMs: 700 });
    consumers.start();
    const steps = consumers[SHUTDOWN_STEPS];
    expect(steps).toMatchObject({ name: 'jobs', finishMs: 3_700 });
    await steps.onDrain?.();
    await steps.beforeClose?.();
    await app.close();
    expect(calls).toEqual([...consumed, ...each('pause'), ...each('close', ' 700')]);
  });

  it('asks for no time at the shutdown where nothing is processed', async () => {
    const { consumers, app } = await started({}, []);
    expect(consumers[SHUTDOWN_STEPS].finishMs).toBe(0);
    await app.close();
  });

  it('says once that jobs of a queue cannot be taken, takes those of the others, and tries again', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    const lines = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    let isInTheWay = true;
    const { calls, connected, app, consumers } = await started({}, [MailProcessor, ReportProcessor], (jobs) => ({
      ...jobs,
      consume: (queue, ...more) => {
        if (isInTheWay && queue.name === mail.name) throw new JobsError('handler_exists', 'somebody has it');
        return jobs.consume(queue, ...more);
      },
    }));
    connected.resolve();
    await jest.advanceTimersByTimeAsync(3_500);
    expect(calls).toEqual(['consume report by 1']);
    expect(lines.mock.calls).toEqual([
      [expect.stringContaining('jobs cannot be taken; tried again err=somebody has it')],
    ]);
    expect(consumers.faults).toEqual(['somebody has it (handler_exists)']);
    isInTheWay = false;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(calls).toEqual(['consume report by 1', 'consume mail by 4']);
    expect(consumers.faults).toEqual(['mail: jobs wait']);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(calls).toHaveLength(2);
    await app.close();
    expect(calls.slice(2)).toEqual(['pause report', 'pause mail', 'close report 25000', 'close mail 25000']);
  });

  it('tries no more once the application closes, and throws where it was told to start', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    let asked = 0;
    const { connected, app, consumers } = await started({}, [MailProcessor, ReportProcessor], (jobs) => ({
      ...jobs,
      consume: () => {
        asked += 1;
        throw new JobsError('handler_exists', 'somebody has it');
      },
    }));
    expect(() => consumers.start()).toThrow('somebody has it');
    connected.resolve();
    await jest.advanceTimersByTimeAsync(0);
    await app.close();
    const before = asked;
    await jest.advanceTimersByTimeAsync(5_000);
    expect(asked).toBe(before);
  });

  it('names the queues whose jobs do not flow', async () => {
    const { consumers } = await started({ autorun: false });
    expect(consumers.faults).toEqual([]);
    consumers.start();
    expect(consumers.faults).toEqual(['mail: jobs wait']);
  });
});
