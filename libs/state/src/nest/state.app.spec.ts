import { connect } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { Controller, Get, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { until } from '@nestfleet/timing';
import type { Counters } from '../index.ts';
import { InjectCounters, StateModule } from '../nest.ts';
import type { State } from '../state.ts';
import { openMemoryState } from '../testing.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
    socket.once('connect', () => socket.destroy());
  });
}

async function listen(controller: Type<unknown>, open: () => State) {
  @Module({ imports: [StateModule.forRoot({ open })], controllers: [controller] })
  class AppModule {}
  const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
  ends.push(() => app.close());
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl() };
}

it('the state of an application is closed behind its last request', async () => {
  const memory = openMemoryState();
  let isClosed = false;
  const state: State = {
    ...memory,
    counters: {
      ...memory.counters,
      add: (...words) => (isClosed ? Promise.reject(new Error('closed')) : memory.counters.add(...words)),
    },
    close: async () => void (isClosed = true),
  };
  const held = Promise.withResolvers<void>();
  let arrived = 0;

  @Controller()
  class HitsController {
    @InjectCounters() private readonly counters!: Counters;

    @Get()
    async hit(): Promise<{ hits: number }> {
      arrived += 1;
      await held.promise;
      return { hits: await this.counters.add('hits') };
    }
  }

  const { app, url } = await listen(HitsController, () => state);
  // A connection that is kept alive would keep the listener from its end.
  const answer = fetch(url, { headers: { connection: 'close' } });
  await until(() => arrived === 1, 10_000);
  const closed = app.close();
  // No new connection is taken: whatever closes before the requests end has been closed.
  await until(() => isRefused(Number(new URL(url).port)), 10_000);
  held.resolve();
  expect(await (await answer).json()).toEqual({ hits: 1 });
  await closed;
  expect(isClosed).toBe(true);
});

it('an error of the state is answered with its own status', async () => {
  @Controller()
  class NamesController {
    @InjectCounters() private readonly counters!: Counters;

    @Get()
    add(): Promise<number> {
      return this.counters.add('no such name !');
    }
  }

  const { url } = await listen(NamesController, openMemoryState);
  const answer = await fetch(url);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ statusCode: 400, errorCode: 'invalid_key' });
});
