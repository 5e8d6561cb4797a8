import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AWAITS_FIRST_READY, SHUTDOWN_STEPS, until, type WithShutdownSteps } from '@nestfleet/timing';
import type { OnceTask } from '../src/index.ts';
import { RunOnceModule, StateModule } from '../src/nest.ts';
import { RunOnceRunner } from '../src/nest/run-once.runner.ts';
import { openMemoryState } from '../src/testing.ts';
import { WITHIN_MS } from './servers.ts';

/** As ShutdownModule has it. */
@Injectable()
class Readiness {
  readonly [AWAITS_FIRST_READY] = true;
}

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function taskOf(run: OnceTask['run'], changes: Partial<OnceTask> = {}): OnceTask {
  return { name: 'migrations', version: '1', run, ...changes };
}

async function start(imports: ModuleMetadata['imports'], providers: ModuleMetadata['providers'] = []) {
  const module = await Test.createTestingModule({ imports: imports ?? [], providers: [...providers] })
    .setLogger({ log: () => undefined, warn: () => undefined, error: () => undefined })
    .compile();
  ends.push(() => module.close());
  const runner: WithShutdownSteps = module.get(RunOnceRunner);
  return { module, init: module.init(), runner };
}

/** A task that the test lets end. */
function waiting() {
  const gate = Promise.withResolvers<void>();
  let begun = 0;
  const run = async () => {
    begun += 1;
    await gate.promise;
  };
  return { task: taskOf(run), begun: () => begun, letGo: () => gate.resolve() };
}

const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};

/** What waits for the task does so until the test lets it end. */
async function expectToHold(
  waits: Promise<unknown> | undefined,
  { begun, letGo }: { begun: () => number; letGo: () => void },
): Promise<void> {
  let isOver = false;
  const over = waits?.then(() => (isOver = true));
  await until(() => begun() === 1, WITHIN_MS);
  await turns();
  expect([over === undefined, isOver]).toEqual([false, false]);
  letGo();
  await over;
}

const state = () => StateModule.forRoot({ state: openMemoryState() });

describe('RunOnceModule', () => {
  it('holds the start of an application in which nobody waits for readiness', async () => {
    const { task, begun, letGo } = waiting();
    const { init } = await start([state(), RunOnceModule.forRoot({ tasks: [task] })]);
    await expectToHold(init, { begun, letGo });
    expect(begun()).toBe(1);
  });

  it('lets the application listen where somebody waits for readiness, which waits', async () => {
    const { task, begun, letGo } = waiting();
    const { init, runner } = await start([state(), RunOnceModule.forRoot({ tasks: [task] })], [Readiness]);
    await init;
    await expectToHold(runner[SHUTDOWN_STEPS].firstReady?.(), { begun, letGo });
    expect(begun()).toBe(1);
  });

  it('holds the start where it is told to', async () => {
    const { task, begun, letGo } = waiting();
    const { init } = await start([state(), RunOnceModule.forRoot({ tasks: [task], holdsStart: true })], [Readiness]);
    await expectToHold(init, { begun, letGo });
    expect(begun()).toBe(1);
  });

  it('does its tasks one after the other, of a named state, by a factory', async () => {
    const order: string[] = [];
    const cache = openMemoryState();
    const tasks = ['a', 'b'].map((name) => taskOf(async () => void order.push(name), { name }));
    const { init } = await start([
      StateModule.forRoot({ state: cache, name: 'cache' }),
      RunOnceModule.forRootAsync({ state: 'cache', useFactory: () => ({ tasks }) }),
    ]);
    await init;
    expect(order).toEqual(['a', 'b']);
    expect((await cache.values.list({ prefix: 'run-once:' })).keys.toSorted()).toEqual([
      'run-once:a:1',
      'run-once:b:1',
    ]);
  });

  it('is never ready where the application closes before it was done, and waits for what runs', async () => {
    const { task, begun, letGo } = waiting();
    const { module, init, runner } = await start(
      [state(), RunOnceModule.forRoot({ tasks: [task, task] })],
      [Readiness],
    );
    await init;
    const ready = runner[SHUTDOWN_STEPS].firstReady?.().catch(String);
    await until(() => begun() === 1, WITHIN_MS);
    let isClosed = false;
    const closed = module.close().then(() => (isClosed = true));
    await turns();
    expect(isClosed).toBe(false);
    letGo();
    await closed;
    expect(await ready).toBe('Error: closed before it was done');
  });

  it('ends the start with what no time heals', async () => {
    const task = taskOf(async () => undefined, { name: 'a b' });
    const { init } = await start([state(), RunOnceModule.forRoot({ tasks: [task] })]);
    await expect(init).rejects.toMatchObject({ code: 'invalid_key' });
  });
});
