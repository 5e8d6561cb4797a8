import { describe, expect, it } from '@jest/globals';
import { SHUTDOWN_STEPS } from '@nestfleet/timing';
import { Injectable, Module, Scope } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { finishMsOf, stepsOf } from './steps-of-app.ts';

class Jobs {
  readonly [SHUTDOWN_STEPS] = { name: 'jobs', finishMs: 20_000 };
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  get [SHUTDOWN_STEPS]() {
    return { name: 'per request' };
  }
}

/** As stubs of tests are that have whatever property they are asked for. */
const stub: object = new Proxy({}, { get: (_target, name) => (name === 'then' ? undefined : stub), has: () => true });

@Module({
  providers: [Jobs, { provide: 'alias', useExisting: Jobs }],
  exports: [Jobs],
})
class JobsModule {}

@Module({
  imports: [JobsModule],
  providers: [
    PerRequest,
    { provide: 'stub', useValue: stub },
    { provide: 'nothing', useValue: null },
    { provide: 'outbox', useFactory: () => ({ [SHUTDOWN_STEPS]: { name: 'outbox', finishMs: 500 } }) },
    { provide: 'unnamed', useValue: { [SHUTDOWN_STEPS]: {} } },
  ],
})
class AppModule {}

describe('stepsOf', () => {
  it('finds each provider with steps once, of any module, and nothing else', async () => {
    const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
    const steps = stepsOf(app.get(ModulesContainer));
    expect(steps.map(({ name }) => name).toSorted()).toEqual(['jobs', 'outbox']);
    expect(finishMsOf(steps)).toBe(20_500);
  });
});
