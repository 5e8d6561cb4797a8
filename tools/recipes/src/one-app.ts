import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { originOf, type Upstream } from '@nestfleet/discovery';
import { DiscoveryHealthIndicator, DiscoveryModule, InjectUpstream } from '@nestfleet/discovery/nest';
import { defineQueue, type JobContextOf, type JobProcessor, type JobQueue, type Jobs } from '@nestfleet/jobs';
import { InjectJobs, InjectQueue, JobsHealthIndicator, JobsModule, Processor } from '@nestfleet/jobs/nest';
import { ShutdownModule } from '@nestfleet/service/nest';
import { expressSessionStore, mergeCounts, type State, throttlerStorage } from '@nestfleet/state';
import { SaveSession, StateHealthIndicator, StateModule, stateToken } from '@nestfleet/state/nest';
import { Body, Controller, Get, Logger, Module, NotFoundException, Param, Post, Session } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { seconds, SkipThrottle, ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import session from 'express-session';
import { z } from 'zod';

const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const consul = process.env['CONSUL_HTTP_ADDR'] ?? '127.0.0.1:8500';
const namespace = process.env['NAMESPACE'] ?? 'shop';
const DAY_MS = 86_400_000;

// report.queue.ts: what the job carries
const report = defineQueue({
  name: 'report',
  version: 1,
  payload: z.strictObject({ pages: z.int().max(10_000) }),
  result: z.object({ pages: z.int() }),
  attempts: 5,
  backoffMs: 1_000,
  concurrency: 2,
});

// report.processor.ts
@Processor(report)
class ReportProcessor implements JobProcessor<typeof report> {
  async process({ payload, signal }: JobContextOf<typeof report>) {
    for (let page = 0; page < payload.pages; page += 1) await sleep(100, undefined, { signal });
    return { pages: payload.pages };
  }
}

// shop.controller.ts
@Controller()
class ShopController {
  constructor(
    @InjectUpstream('prices') private readonly prices: Upstream,
    @InjectQueue(report) private readonly reports: JobQueue<typeof report>,
    @InjectJobs() private readonly jobs: Jobs,
  ) {}

  @Get()
  visit(@Session() visitor: { views?: number }) {
    visitor.views = (visitor.views ?? 0) + 1;
    return { views: visitor.views };
  }

  @Get('price')
  price(): Promise<string> {
    return this.prices.call(
      async (instance, signal) => {
        const answer = await fetch(originOf(instance), { signal });
        if (answer.status >= 500) throw new Error(`prices: ${answer.status}`);
        return answer.text();
      },
      { deadlineMs: 2_000, attempts: 2 },
    );
  }

  @Post('reports')
  make(@Body() { pages }: { pages: number }) {
    return this.reports.enqueue({ pages });
  }

  @Get('reports/:id')
  async find(@Param('id') id: string) {
    const found = await this.jobs.find(id);
    if (found === undefined) throw new NotFoundException();
    return found.job;
  }
}

// health.controller.ts: for people and alerts; load balancers ask /readyz, which ShutdownModule answers
@SkipThrottle()
@Controller('healthz')
class HealthController {
  constructor(
    private readonly state: StateHealthIndicator,
    private readonly jobs: JobsHealthIndicator,
    private readonly catalog: DiscoveryHealthIndicator,
  ) {}

  @Get()
  async check() {
    const parts = await Promise.all([this.state.isHealthy(), this.jobs.isHealthy(), this.catalog.isHealthy()]);
    return Object.assign({}, ...parts) as object;
  }
}

// app.module.ts
@Module({
  imports: [
    ShutdownModule.forRoot({ balancers: ['haproxy'] }),
    StateModule.forRoot({ redisUrl, namespace, sessionTtlMs: DAY_MS }),
    ThrottlerModule.forRootAsync({
      inject: [stateToken()],
      useFactory: (state: State) => ({
        throttlers: [{ limit: 100, ttl: seconds(10) }],
        storage: throttlerStorage(state),
      }),
    }),
    JobsModule.forRoot({ redisUrl, namespace, shutdownTimeoutMs: 10_000 }),
    JobsModule.forFeature([report]),
    DiscoveryModule.forRoot({ source: { kind: 'consul', addresses: [consul] }, registration: { service: 'shop' } }),
    DiscoveryModule.forFeature(['prices']),
  ],
  controllers: [ShopController, HealthController],
  providers: [ReportProcessor, { provide: APP_GUARD, useClass: ThrottlerGuard }],
})
class AppModule {}

// main.ts
const app = await NestFactory.create(AppModule);
const store = expressSessionStore(session, app.get<State>(stateToken()).sessions, { merge: { views: mergeCounts } });
const secret = process.env['SESSION_SECRET'] ?? 'for development alone';
app.use(session({ store, secret, cookie: { maxAge: DAY_MS }, resave: false, saveUninitialized: false }));
app.useGlobalInterceptors(new SaveSession());
await app.listen(process.env['PORT'] ?? 3000, '0.0.0.0');
Logger.log(`listens at ${await app.getUrl()}`, 'Shop');
