import { once } from 'node:events';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { Body, Controller, Header, HttpCode, HttpException, Inject, Injectable, Module, Post } from '@nestjs/common';
import { Delete, Redirect, Req, RequestTimeoutException, Res, StreamableFile, UseInterceptors } from '@nestjs/common';
import type { CallHandler, ExecutionContext, INestApplication, NestInterceptor } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { first, type Observable, throwError, timeout } from 'rxjs';
import type { State } from '../src/index.ts';
import { refuseForNow } from '../src/index.ts';
import { Exclusive, IdempotencyToken, Idempotent, StateModule } from '../src/nest.ts';
import { Gate, type Platform } from './session-apps.ts';

/** What has been done, over all replicas of a test. */
@Injectable()
export class Ledger {
  readonly gate = new Gate();
  readonly tokens: (string | undefined)[] = [];
  /** The next answer of `refused` and `status`. */
  status = 200;

  get done(): number {
    return this.tokens.length;
  }
}

interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(body: unknown): void;
}
interface Caller {
  readonly headers: Readonly<Record<string, string>>;
  readonly socket: Socket;
}

const TIMEOUT_MS = 20;
const LARGE = 70_000;

const timedOut = () => throwError(() => new RequestTimeoutException());

/** As the documentation of Nest has it. */
@Injectable()
class TimeOut implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(timeout({ each: TIMEOUT_MS, with: timedOut }));
  }
}

@Controller('payments')
class PaymentController {
  private readonly ledger: Ledger;

  constructor(@Inject(Ledger) ledger: Ledger) {
    this.ledger = ledger;
  }

  private do(token?: string): number {
    return this.ledger.tokens.push(token);
  }

  @Post('json')
  @Idempotent({ headers: ['X-Receipt'] })
  @Header('x-receipt', 'r-1')
  @HttpCode(202)
  json(@Body() body: unknown, @IdempotencyToken() token: string): object {
    return { payment: this.do(token), body };
  }

  @Post('text')
  @Idempotent()
  @Header('content-type', 'text/plain')
  text(): string {
    return `payment ${this.do()} 👋`;
  }

  @Post('bytes')
  @Idempotent()
  @Header('content-type', 'application/pdf')
  bytes(): StreamableFile {
    return new StreamableFile(Buffer.from([this.do(), 0, 255, 254]));
  }

  @Delete('none')
  @Idempotent()
  @HttpCode(204)
  none(): void {
    this.do();
  }

  @Post('by-itself')
  @Idempotent()
  byItself(@Res() reply: Reply): void {
    reply
      .status(201)
      .header('etag', '"7"')
      .header('x-other', 'o-1')
      .header('content-type', 'application/octet-stream')
      .send(Buffer.from([this.do(), 255]));
  }

  @Post('redirect')
  @Idempotent()
  @Redirect('/payments/1', 303)
  redirect(): void {
    this.do();
  }

  @Post('status')
  @Idempotent()
  answer(@IdempotencyToken() token: string): object {
    const payment = this.do(token);
    if (this.ledger.status >= 400) throw new HttpException({ payment }, this.ledger.status);
    return { payment };
  }

  @Post('fault')
  @Idempotent()
  fault(): never {
    throw new Error(`payment ${this.do()}`);
  }

  @Post('for-now')
  @Idempotent()
  forNow(@Req() request: Caller): never {
    refuseForNow(request);
    throw new HttpException({ payment: this.do() }, 409);
  }

  @Post('large')
  @Idempotent()
  large(): string {
    return String(this.do()).padEnd(LARGE, 'x');
  }

  @Post('slow')
  @Idempotent()
  async slow(): Promise<object> {
    const payment = this.do();
    await this.ledger.gate.pass();
    return { payment };
  }

  /** The client leaves while nothing more comes. */
  @Post('stream')
  @Idempotent()
  stream(): StreamableFile {
    this.do();
    const stream = new PassThrough();
    stream.write('the first of it');
    return new StreamableFile(stream);
  }

  @Post('silent-stream')
  @Idempotent()
  silentStream(): StreamableFile {
    this.do();
    return new StreamableFile(new PassThrough());
  }

  @Post('late-stream')
  @Idempotent()
  async lateStream(@Req() { socket }: Caller): Promise<StreamableFile> {
    this.do();
    await once(socket, 'close');
    return new StreamableFile(Buffer.from('all of it'));
  }

  @Post('exclusive')
  @Idempotent()
  @Exclusive('payment')
  exclusive(): Promise<object> {
    return this.slow();
  }

  // The lowest decorator is the outer interceptor.
  @Post('first')
  @Idempotent()
  @UseInterceptors({ intercept: (_context, next) => next.handle().pipe(first()) })
  first(): object {
    return { payment: this.do() };
  }

  @Post('timed-out-inside')
  @UseInterceptors(TimeOut)
  @Idempotent()
  timedOutInside(): Promise<object> {
    return this.slow();
  }

  @Post('timed-out-outside')
  @Idempotent()
  @UseInterceptors(TimeOut)
  timedOutOutside(): Promise<object> {
    return this.slow();
  }

  @Post('optional')
  @Idempotent({ required: false })
  optional(@IdempotencyToken() token?: string): object {
    return { payment: this.do(token) };
  }

  @Post('mine')
  @Idempotent<Caller>({ scope: ({ headers }) => headers['x-user'], fingerprint: () => 'any' })
  mine(): object {
    return { payment: this.do() };
  }

  @Post('brief')
  @Idempotent({ ttlMs: 1_000 })
  brief(): object {
    return { payment: this.do() };
  }
}

/** Of what is said of a controller and of its handler, the handler's holds. */
@Controller('payments/orders')
@Idempotent({ required: false, ttlMs: 2_000 })
class OrderController {
  private readonly ledger: Ledger;

  constructor(@Inject(Ledger) ledger: Ledger) {
    this.ledger = ledger;
  }

  @Post('of-both')
  @Idempotent({ ttlMs: 1_000 })
  ofBoth(): object {
    return { payment: this.ledger.tokens.push(undefined) };
  }

  @Post('of-controller')
  ofController(): object {
    return { payment: this.ledger.tokens.push(undefined) };
  }
}

/** One replica: a plain Nest app. */
export async function startPaymentApp(platform: Platform, state: State, ledger: Ledger): Promise<INestApplication> {
  @Module({
    imports: [StateModule.forRoot({ state })],
    controllers: [PaymentController, OrderController],
    providers: [{ provide: Ledger, useValue: ledger }],
  })
  class PaymentModule {}
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(PaymentModule, adapter, { logger: false });
  if (platform === 'express')
    (app as NestExpressApplication).useBodyParser('raw', { type: 'application/octet-stream' });
  else readBytes(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

function readBytes(app: INestApplication): void {
  const fastify = app.getHttpAdapter().getInstance() as {
    addContentTypeParser(
      type: string,
      options: object,
      parser: (request: unknown, body: Buffer, done: (fault: null, body: Buffer) => void) => void,
    ): void;
  };
  fastify.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
}
