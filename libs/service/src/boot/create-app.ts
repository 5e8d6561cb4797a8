import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { BaseConfig } from '../config/base-config.ts';
import type { ConfigShape } from '../config/environment.ts';
import { overloadSettingsOf } from '../config/overload-config.ts';
import { HealthModule } from '../health/health.module.ts';
import { createAdapter, installHooks } from '../http/adapter.ts';
import { installBodyParsers } from '../http/body-parsers.ts';
import { keepHeadLengthTrue } from '../http/head-length.ts';
import { ServedMethods, answerOtherMethods } from '../http/other-methods.ts';
import { nestLogger } from '../logging.ts';
import { installLoadShedding } from '../overload/load-shedding.ts';
import { ProblemFilter } from '../problem/problem.filter.ts';
import { ProblemValidationPipe } from '../problem/validation.pipe.ts';
import type { Composition, ServiceSpec } from '../composition.ts';
import type { ServiceContext } from '../service-context.ts';

@Module({})
class ServiceModule {
  static register(imports: DynamicModule['imports']): DynamicModule {
    return { module: ServiceModule, imports: imports ?? [] };
  }
}

/** createApp makes the Nest app with everything that each service has, not listening yet. `preview` instantiates nothing. */
export async function createApp<S extends ConfigShape, C extends BaseConfig>(
  spec: ServiceSpec<S, C>,
  context: ServiceContext<C>,
  composition: Composition,
  { preview = false } = {},
): Promise<NestFastifyApplication> {
  const { identity, lifecycle, log } = context;
  const app = await NestFactory.create<NestFastifyApplication>(
    ServiceModule.register([composition.module, HealthModule.register(lifecycle, identity, composition.probes ?? [])]),
    createAdapter(context.config, log),
    { logger: nestLogger(log), preview, abortOnError: false, forceCloseConnections: false, bodyParser: false },
  );
  const fastify = app.getHttpAdapter().getInstance();
  const overload = overloadSettingsOf(context.config);
  installHooks(fastify, context, overload && installLoadShedding(fastify, context, overload));
  installBodyParsers(fastify);
  keepHeadLengthTrue(fastify);
  const served = new ServedMethods();
  served.watch(fastify);
  app.useGlobalPipes(new ProblemValidationPipe());
  app.useGlobalFilters(new ProblemFilter(log, composition.problems));
  await composition.configure?.(app);
  answerOtherMethods(fastify, served);
  return app;
}
