/**
 * A plain Nest app with ShutdownModule and nothing else of this repository, as a process: its port and what happens are lines
 * of its output. Arguments: `express` or `fastify`, then `hooks` for `enableShutdownHooks()`, then `stuck` for work without an end, or `slow`
 * for a start without one. It listens on `PORT`, 0 unless told.
 */
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { SHUTDOWN_STEPS, ShutdownModule } from '@nestfleet/service/nest';

const [framework = 'fastify', ...flags] = process.argv.slice(2);
const say = (what: string): void => void process.stdout.write(`${what}\n`);

@Controller()
class ShopController {
  @Get()
  hello(): string {
    return 'hello';
  }
  @Get('slow')
  async slow(): Promise<string> {
    say('slow begins');
    await sleep(5_000);
    say('slow ends');
    return 'slowly';
  }
}

class Jobs {
  readonly [SHUTDOWN_STEPS] = {
    name: 'jobs',
    finishMs: 500,
    onDrain: async () => say('jobs pause'),
    beforeClose: async () => {
      if (flags.includes('stuck')) await sleep(60_000);
      say('jobs released');
    },
  };
}

class Database {
  async onModuleInit(): Promise<void> {
    if (!flags.includes('slow')) return;
    say('database connects');
    await sleep(1_000);
    say('database connected');
  }
  onModuleDestroy(): void {
    say('database closes');
  }
  onApplicationShutdown(signal?: string): void {
    say(`shut down by ${signal}`);
  }
}

@Module({
  imports: [ShutdownModule.forRoot({ balancers: ['haproxy'], inFlightMs: flags.includes('stuck') ? 100 : 10_000 })],
  controllers: [ShopController],
  providers: [Jobs, Database],
})
class ShopModule {}

const adapters: Readonly<Record<string, () => Promise<AbstractHttpAdapter>>> = {
  express: async () => new (await import('@nestjs/platform-express')).ExpressAdapter(),
  fastify: async () => new (await import('@nestjs/platform-fastify')).FastifyAdapter(),
};

const app = await NestFactory.create(ShopModule, await adapters[framework]!(), { logger: false });
if (flags.includes('hooks')) app.enableShutdownHooks();
const server = (await app.listen(process.env['PORT'] ?? 0, '127.0.0.1')) as { address(): { readonly port: number } };
say(`port ${server.address().port}`);
