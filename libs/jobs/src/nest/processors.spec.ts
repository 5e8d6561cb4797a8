import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Scope, type Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { mail, recordedJobs, report } from '../../test/recorded-jobs.ts';
import type { JobContextOf } from '../job-queue.ts';
import { Processor } from './decorators.ts';
import { JobsModule } from './jobs.module.ts';
import type { ConsumerSettings } from './jobs.module-options.ts';

@Processor(mail)
class MailProcessor {
  process = async () => ({ sent: true });
}

@Processor(mail)
class OtherMailProcessor {
  process = async () => ({ sent: false });
}

@Processor(report)
class ReportProcessor {
  process = async () => ({ sent: true });
}

@Injectable({ scope: Scope.REQUEST })
class OfARequest {}

@Processor(mail)
class ScopedProcessor {
  constructor(@Inject(OfARequest) readonly ofARequest: OfARequest) {}

  process = async () => ({ sent: true });
}

@Processor(mail, { name: 'billing' })
class BillingProcessor {
  process = async () => ({ sent: true });
}

async function start(providers: Provider[], settings: ConsumerSettings = {}, queues = [mail, report]) {
  const imports = [JobsModule.forRoot({ jobs: recordedJobs(queues).jobs, ...settings })];
  const app = await Test.createTestingModule({ imports, providers }).compile();
  await app.init();
  return app;
}

describe('the start of an application with processors', () => {
  it('takes one processor of each queue', async () => {
    await expect(start([MailProcessor, ReportProcessor])).resolves.toBeDefined();
  });

  it('takes one without processors, which only enqueues', async () => {
    await expect(start([])).resolves.toBeDefined();
  });

  it('refuses a queue with two', async () => {
    const error = { code: 'handler_exists', message: expect.stringMatching(/MailProcessor and OtherMailProcessor/) };
    await expect(start([MailProcessor, ReportProcessor, OtherMailProcessor])).rejects.toMatchObject(error);
  });

  it('refuses a class that two modules provide', async () => {
    await expect(
      start([MailProcessor, { provide: 'again', useClass: MailProcessor }, ReportProcessor]),
    ).rejects.toMatchObject({ code: 'handler_exists' });
  });

  it('takes another name of the same processor', async () => {
    const alias = { provide: 'again', useExisting: MailProcessor };
    await expect(start([MailProcessor, alias, ReportProcessor])).resolves.toBeDefined();
  });

  it('refuses a queue with none, beside others or where all are required', async () => {
    const error = { code: 'handler_missing', message: expect.stringMatching(/No processor of report/) };
    await expect(start([MailProcessor])).rejects.toMatchObject(error);
    await expect(start([], { requireProcessors: true })).rejects.toMatchObject({ code: 'handler_missing' });
    await expect(start([MailProcessor], { requireProcessors: false })).resolves.toBeDefined();
  });

  it('refuses a queue that JobsModule was not given', async () => {
    await expect(start([MailProcessor, ReportProcessor], {}, [mail])).rejects.toMatchObject({ code: 'unknown_queue' });
  });

  it('refuses a processor that needs a request, and says whose fault it is', async () => {
    const error = { code: 'handler_scoped', message: expect.stringMatching(/ScopedProcessor.*REQUEST/) };
    await expect(start([ScopedProcessor, OfARequest, ReportProcessor])).rejects.toMatchObject(error);
  });

  it('leaves the processors of another JobsModule to that one', async () => {
    await expect(start([BillingProcessor])).resolves.toBeDefined();
    await expect(start([MailProcessor, BillingProcessor, ReportProcessor])).resolves.toBeDefined();
  });
});

describe('Processor', () => {
  it('refuses a concurrency that is none', () => {
    expect(() => Processor(mail, { concurrency: 0 })).toThrow(/concurrency must be a whole number from 1/);
  });

  it('takes a class by the types of its queue alone', () => {
    @Processor(mail)
    class Fits {
      process = async ({ payload }: JobContextOf<typeof mail>) => ({ sent: payload.to !== '' });
    }
    // @ts-expect-error a result of another shape must not compile
    @Processor(mail)
    class HasAnotherResult {
      process = async () => ({ sent: 'yes' });
    }
    // @ts-expect-error a payload of another shape must not compile
    @Processor(mail)
    class WantsAnotherPayload {
      process = async ({ payload }: { payload: { to: number } }) => ({ sent: payload.to > 0 });
    }
    expect([Fits, HasAnotherResult, WantsAnotherPayload]).toHaveLength(3);
  });
});
