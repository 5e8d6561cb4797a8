/**
 * A replica that does a task once before it is ready: `<redis url> <namespace> <folder>`. A line `go` on its input lets the task
 * end, `fail` lets it fail. What the task has done is a line of the file `done` in the folder.
 */
import 'reflect-metadata';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Controller, Get, Inject, Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { RunOnceModule, StateModule } from '@nestfleet/state/nest';
import { AWAITS_FIRST_READY, SHUTDOWN_STEPS, type WithShutdownSteps } from '@nestfleet/timing';

const [redisUrl = '', namespace = '', folder = ''] = process.argv.slice(2);
const say = (what: string): void => void process.stdout.write(`${what}\n`);
const input = createInterface(process.stdin);
const TTL_MS = 2_000;

const migrate = {
  name: 'migrations',
  version: '7',
  run: async ({ fencingToken, signal }: { fencingToken: number; signal: AbortSignal }) => {
    signal.addEventListener('abort', () => say('aborted'));
    say(`runs ${fencingToken}`);
    const [line] = (await once(input, 'line')) as [string];
    if (line === 'fail') throw new Error('no such column');
    appendFileSync(join(folder, 'done'), `${fencingToken}\n`);
    say('ran');
  },
};

/** As ShutdownModule does it. */
@Injectable()
class Readiness implements OnApplicationBootstrap {
  readonly [AWAITS_FIRST_READY] = true;

  @Inject(ModulesContainer) private readonly modules!: ModulesContainer;

  onApplicationBootstrap(): void {
    const providers = [...this.modules.values()].flatMap((module) => [...module.providers.values()]);
    const steps = providers.map(({ instance }) => (instance as Partial<WithShutdownSteps> | null)?.[SHUTDOWN_STEPS]);
    void Promise.all(steps.map(async (each) => each?.firstReady?.())).then(() => say('ready'));
  }
}

@Controller()
class HealthController {
  @Get('livez')
  live(): object {
    return { status: 'ok' };
  }
}

@Module({
  imports: [
    StateModule.forRoot({ redisUrl, namespace }),
    RunOnceModule.forRoot({ tasks: [migrate], ttlMs: TTL_MS, pollMs: 50, backOff: { baseMs: 100, capMs: 200 } }),
  ],
  controllers: [HealthController],
  providers: [Readiness],
})
class AppModule {}

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
say(`listens ${await app.getUrl()}`);
