import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  type INestApplication,
  Inject,
  Module,
  Param,
  Post,
  Req,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import session from 'express-session';
import { expressSessionStore, fastifySessionStore, mergeCounts, type State, StateError } from '../src/index.ts';
import { SaveSession } from '../src/nest.ts';

export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

type Callback = (error?: unknown) => void;
interface Request {
  session: Record<string, unknown> & { regenerate(done: Callback): void; destroy(done: Callback): void };
}

/** Requests that have read their session wait here until the test lets them go on. */
export class Gate {
  waiting = 0;
  private open = Promise.withResolvers<void>();

  async pass(): Promise<void> {
    this.waiting += 1;
    await this.open.promise;
  }

  letGo(): void {
    this.open.resolve();
    this.open = Promise.withResolvers();
    this.waiting = 0;
  }
}

const SECRET = 'a secret of thirty-two characters or more';
const MAX_AGE_MS = 60_000;
const calledBack = (call: (done: Callback) => void) =>
  new Promise<void>((resolve, reject) => call((error) => (error instanceof Error ? reject(error) : resolve())));

@Controller()
class SessionController {
  private readonly gate: Gate;

  constructor(@Inject(Gate) gate: Gate) {
    this.gate = gate;
  }

  @Get()
  read(@Req() { session: { cookie: _cookie, ...fields } }: Request): unknown {
    return JSON.parse(JSON.stringify(fields));
  }

  @Post('count')
  count(@Req() { session: own }: Request): unknown {
    own['views'] = Number(own['views'] ?? 0) + 1;
    return { views: own['views'] };
  }

  @Post('set/:name')
  set(@Req() { session: own }: Request, @Param('name') name: string): object {
    own[name] = name;
    return {};
  }

  @Post('remove/:name')
  remove(@Req() { session: own }: Request, @Param('name') name: string): object {
    delete own[name];
    return {};
  }

  @Post('late/:name')
  async late(@Req() request: Request, @Param('name') name: string): Promise<object> {
    await this.gate.pass();
    request.session[name] = name;
    return {};
  }

  @Post('large')
  large(@Req() { session: own }: Request): object {
    own['text'] = 'x'.repeat(20_000);
    return {};
  }

  @Post('fail')
  fail(@Req() { session: own }: Request): never {
    own['failed'] = true;
    throw new StateError('version_conflict', 'of the handler');
  }

  @Post('sign-in')
  async signIn(@Req() request: Request): Promise<object> {
    await calledBack((done) => request.session.regenerate(done));
    request.session['user'] = 'Ann';
    return {};
  }

  @Post('sign-out')
  async signOut(@Req() request: Request): Promise<object> {
    await calledBack((done) => request.session.destroy(done));
    return {};
  }
}

@Catch(StateError)
export class StateErrorFilter implements ExceptionFilter<StateError> {
  catch({ code, status }: StateError, host: ArgumentsHost): void {
    host
      .switchToHttp()
      .getResponse<{ status(status: number): { send(body: object): void } }>()
      .status(status)
      .send({ code });
  }
}

export interface SessionApp {
  readonly url: string;
  readonly gate: Gate;
  close(): Promise<void>;
}

/** One replica: a Nest app with the real session library of its platform over the state. */
export async function startSessionApp(platform: Platform, { sessions }: State): Promise<SessionApp> {
  const gate = new Gate();
  @Module({
    controllers: [SessionController],
    providers: [
      { provide: Gate, useValue: gate },
      { provide: APP_INTERCEPTOR, useClass: SaveSession },
      { provide: APP_FILTER, useClass: StateErrorFilter },
    ],
  })
  class AppModule {}
  const options = { merge: { views: mergeCounts } };
  const cookie = { maxAge: MAX_AGE_MS, secure: false };
  const quiet = { logger: false } as const;
  let app: INestApplication;
  if (platform === 'express') {
    const express = await NestFactory.create<NestExpressApplication>(AppModule, new ExpressAdapter(), quiet);
    const store = expressSessionStore(session, sessions, options);
    express.use(session({ store, secret: SECRET, cookie, rolling: true, resave: false, saveUninitialized: false }));
    app = express;
  } else {
    const fastify = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), quiet);
    await fastify.register(fastifyCookie);
    const store = fastifySessionStore(sessions, options);
    await fastify.register(fastifySession, { store, secret: SECRET, cookie, saveUninitialized: false });
    app = fastify;
  }
  await app.listen(0, '127.0.0.1');
  return { url: (await app.getUrl()).replace('[::1]', '127.0.0.1'), gate, close: () => app.close() };
}

/** Somebody with a cookie jar of one cookie, who asks whichever replica. */
export class Browser {
  cookie = '';

  async send(method: 'GET' | 'POST', url: string, keepsCookie = true): Promise<Answer> {
    const headers: Record<string, string> = this.cookie === '' ? {} : { cookie: this.cookie };
    const answer = await fetch(url, { method, headers });
    const set = answer.headers.getSetCookie().at(-1)?.split(';')[0];
    if (set !== undefined && keepsCookie) this.cookie = set;
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, setCookie: set };
  }
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly setCookie: string | undefined;
}
