import { afterEach, expect, it } from '@jest/globals';
import { Controller, Get, Module, Param, Put } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { until } from '@nestfleet/timing';
import type { Values } from '../src/index.ts';
import { InjectValues, StateHealthIndicator, StateModule } from '../src/nest.ts';
import { startRedisServer } from '../src/testing.ts';
import { describeWith, ownNamespace, WITHIN_MS } from './servers.ts';

@Controller('values')
class ValuesController {
  private readonly stores: ReadonlyMap<string, Values>;
  private readonly health: StateHealthIndicator;

  constructor(@InjectValues() main: Values, @InjectValues('cache') cache: Values, health: StateHealthIndicator) {
    this.stores = new Map([
      ['main', main],
      ['cache', cache],
    ]);
    this.health = health;
  }

  @Put(':store')
  async put(@Param('store') store: string): Promise<string> {
    return (await this.stores.get(store)!.put('k', store)).value;
  }

  @Get()
  async all(): Promise<unknown> {
    return Promise.all([this.health.isHealthy('main'), this.health.isHealthy('cache', 'cache')]);
  }
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

describeWith('NESTFLEET_REDIS_SERVER', 'an application with two stores', () => {
  it('goes on with the one while the other is away, and answers 503 with Retry-After for that', async () => {
    const servers = [await startRedisServer(), await startRedisServer()] as const;
    ends.push(async () => void (await Promise.all(servers.map((server) => server.stop()))));
    const [main, cache] = servers;
    const namespace = ownNamespace();
    @Module({
      imports: [
        StateModule.forRoot({ redisUrl: main.url, namespace }),
        StateModule.forRootAsync({ name: 'cache', useFactory: () => ({ redisUrl: cache.url, namespace }) }),
      ],
      controllers: [ValuesController],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
    ends.push(() => app.close());
    await app.listen(0, '127.0.0.1');
    const url = `${await app.getUrl()}/values`;
    const put = (store: string) => fetch(`${url}/${store}`, { method: 'PUT' });

    expect(await Promise.all([(await put('main')).text(), (await put('cache')).text()])).toEqual(['main', 'cache']);
    await cache.kill();
    // What was on its way may be unknown; from the first refusal on nothing is sent.
    const refused = await until(async () => {
      const answer = await put('cache');
      const body = (await answer.json()) as { errorCode: string };
      return body.errorCode === 'state_unavailable' && { answer, body };
    }, WITHIN_MS);
    expect(refused.answer.status).toBe(503);
    expect(refused.answer.headers.get('retry-after')).toBe('1');
    expect(refused.body).toEqual({
      statusCode: 503,
      message: 'Service Unavailable',
      errorCode: 'state_unavailable',
    });
    expect((await put('main')).status).toBe(200);
    expect(await (await fetch(url)).json()).toMatchObject([
      { main: { status: 'up' } },
      { cache: { status: 'degraded', message: 'state_unavailable' } },
    ]);
  });
});
