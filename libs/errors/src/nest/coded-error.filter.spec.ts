import { EventEmitter } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  type ClassProvider,
  Controller,
  type ExceptionFilter,
  Get,
  Module,
  type Provider,
} from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { ClientProxyFactory, MessagePattern, type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { firstValueFrom } from 'rxjs';
import { CodedError } from '../coded-error.ts';
import { codedErrorFilter } from './coded-error.filter.ts';

class ShopError extends CodedError {
  override readonly name = 'ShopError';
}
const kinds = { sold_out: 409, misspelt: 500, stock_slow: 504, stock_unavailable: 503 } as const;
const thrown = (code: keyof typeof kinds) =>
  new ShopError(code, { status: kinds[code], meaning: 'm' }, `${code} at stock.internal:5432`);

@Controller()
class ShopController {
  @Get('sold_out') soldOut(): void {
    throw thrown('sold_out');
  }
  @Get('misspelt') misspelt(): void {
    throw thrown('misspelt');
  }
  @Get('stock_slow') slow(): void {
    throw thrown('stock_slow');
  }
  @Get('stock_unavailable') unavailable(): void {
    throw thrown('stock_unavailable');
  }
  @Get('other') other(): void {
    throw new Error('at stock.internal:5432');
  }
}

@Catch()
class OwnFilter implements ExceptionFilter {
  catch(_error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<{ status(code: number): { send(body: object): void } }>();
    response.status(418).send({ by: 'the app' });
  }
}

const adapters: [string, () => AbstractHttpAdapter][] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** An app that is plain Nest but for `providers`; answers how to ask it. */
async function appWith(adapter: AbstractHttpAdapter, providers: Provider[], filter?: ExceptionFilter) {
  @Module({ controllers: [ShopController], providers })
  class ShopModule {}
  const app = await NestFactory.create(ShopModule, adapter, { logger: false });
  if (filter !== undefined) app.useGlobalFilters(filter);
  ends.push(() => app.close());
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return async (path: string) => {
    const answer = await fetch(`${url}/${path}`);
    return [answer.status, await answer.json(), answer.headers.get('retry-after')];
  };
}

describe.each(adapters)('a coded error in plain Nest on %s', (_name, adapter) => {
  it('has its own status without any filter, and the words of the status alone from 500 on', async () => {
    const ask = await appWith(adapter(), []);
    const soldOut = { statusCode: 409, message: 'sold_out at stock.internal:5432' };
    expect(await ask('sold_out')).toEqual([409, soldOut, null]);
    expect(await ask('misspelt')).toEqual([500, { statusCode: 500, message: 'Internal Server Error' }, null]);
    expect(await ask('stock_unavailable')).toEqual([503, { statusCode: 503, message: 'Service Unavailable' }, null]);
  });

  it('has with the filter its code too, and a 503 its Retry-After', async () => {
    const ask = await appWith(adapter(), [codedErrorFilter(ShopError)]);
    const soldOut = { statusCode: 409, message: 'sold_out at stock.internal:5432', errorCode: 'sold_out' };
    expect(await ask('sold_out')).toEqual([409, soldOut, null]);
    const slow = { statusCode: 504, message: 'Gateway Timeout', errorCode: 'stock_slow' };
    expect(await ask('stock_slow')).toEqual([504, slow, null]);
    const unavailable = { statusCode: 503, message: 'Service Unavailable', errorCode: 'stock_unavailable' };
    expect(await ask('stock_unavailable')).toEqual([503, unavailable, '1']);
    expect(await ask('misspelt')).toEqual([500, { statusCode: 500, message: 'Internal Server Error' }, null]);
  });

  it('leaves other errors to Nest, and all of them to a filter of the app', async () => {
    const ask = await appWith(adapter(), [codedErrorFilter(ShopError)]);
    expect(await ask('other')).toEqual([500, { statusCode: 500, message: 'Internal server error' }, null]);
    const askOwn = await appWith(adapter(), [codedErrorFilter(ShopError)], new OwnFilter());
    expect(await askOwn('stock_unavailable')).toEqual([418, { by: 'the app' }, null]);
  });
});

@Controller()
class MessagesController {
  @MessagePattern('sold_out') async soldOut(): Promise<never> {
    throw await Promise.resolve(thrown('sold_out'));
  }
  @MessagePattern('misspelt') async misspelt(): Promise<never> {
    throw await Promise.resolve(thrown('misspelt'));
  }
}

describe('a coded error for a message', () => {
  it('is answered with its words and its code, as over HTTP', async () => {
    @Module({ controllers: [MessagesController], providers: [codedErrorFilter(ShopError)] })
    class ShopModule {}
    const options = { host: '127.0.0.1', port: 0 };
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(ShopModule, {
      transport: Transport.TCP,
      options,
      logger: false,
    });
    ends.push(() => app.close());
    await app.listen();
    const { port } = app.unwrap<Server>().address() as AddressInfo;
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { ...options, port } });
    ends.push(async () => void client.close());
    const ask = (pattern: string) => firstValueFrom(client.send(pattern, {}));
    const soldOut = { status: 'error', message: 'sold_out at stock.internal:5432', errorCode: 'sold_out' };
    await expect(ask('sold_out')).rejects.toEqual(soldOut);
    await expect(ask('misspelt')).rejects.toEqual({ status: 'error', message: 'Internal Server Error' });
  });

  it('is told on a socket as an event, and thrown on for a resolver', () => {
    const filter = new (codedErrorFilter(ShopError) as ClassProvider<ExceptionFilter>).useClass();
    const client = new EventEmitter();
    const told: unknown[] = [];
    client.on('exception', (words) => told.push(words));
    const host = new ExecutionContextHost([client]);
    host.setType('ws');
    filter.catch(thrown('stock_slow'), host);
    expect(told).toEqual([{ status: 'error', message: 'Gateway Timeout', errorCode: 'stock_slow' }]);
    host.setType('graphql');
    expect(() => void filter.catch(thrown('stock_slow'), host)).toThrow(ShopError);
  });
});
