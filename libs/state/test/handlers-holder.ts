/**
 * A replica whose handlers wait until a line `go` comes: `<redis url> <namespace> <express|fastify>`. It says where it listens,
 * and each handler that begins, is told that its lease is lost, or ends.
 */
import 'reflect-metadata';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { State } from '@nestfleet/state';
import { Exclusive, heldLease, IdempotencyToken, Idempotent, InjectState, StateModule } from '@nestfleet/state/nest';

const [redisUrl = '', namespace = '', platform = ''] = process.argv.slice(2);
const say = (what: string): void => void process.stdout.write(`${what}\n`);
const input = createInterface(process.stdin);
const EXCLUSIVE_TTL_MS = 2_000;

@Controller()
class HandlersController {
  @InjectState() private readonly state!: State;

  @Post('ping')
  async ping(): Promise<object> {
    return { tookMs: await this.state.ping() };
  }

  @Post('pay')
  @Idempotent()
  async pay(@IdempotencyToken() token: string): Promise<object> {
    say(`begins ${token}`);
    await once(input, 'line');
    return { paidBy: process.pid };
  }

  @Post('settle')
  @Exclusive('settle', { ttlMs: EXCLUSIVE_TTL_MS })
  async settle(): Promise<object> {
    const { fencingToken, signal } = heldLease();
    signal.addEventListener('abort', () => say('aborted'));
    say(`settles ${fencingToken}`);
    await once(input, 'line');
    return { settledBy: process.pid };
  }
}

@Module({
  imports: [StateModule.forRoot({ redisUrl, namespace })],
  controllers: [HandlersController],
})
class HandlersModule {}

const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
const app = await NestFactory.create(HandlersModule, adapter, { logger: false });
await app.listen(0, '127.0.0.1');
say(`listens ${await app.getUrl()}`);
