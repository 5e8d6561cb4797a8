import { within } from '@nestfleet/timing';
import { type HttpAdapterHost, type ModuleRef, NestApplicationContext } from '@nestjs/core';
import { CLOSE_MS } from '../shutdown/timeouts.ts';

/**
 * RestOfApp closes an app whose `main.ts` neither calls `enableShutdownHooks` nor `close`: no module can reach the app itself,
 * but each knows its container, and Nest's own class runs all hooks of one. What listens beside HTTP ends with the process.
 */
export class RestOfApp extends NestApplicationContext {
  private readonly adapterHost: HttpAdapterHost;

  constructor(module: ModuleRef, adapterHost: HttpAdapterHost) {
    super(module['container']);
    this.adapterHost = adapterHost;
  }

  /** Between Nest's hooks, where an app closes its server. An upgraded connection would be waited for without an end. */
  protected override async dispose(): Promise<void> {
    const { httpAdapter } = this.adapterHost;
    if (httpAdapter !== undefined && httpAdapter !== null) await within(Promise.resolve(httpAdapter.close()), CLOSE_MS);
  }
}
