import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp, createLogger, createMetrics, identify, Lifecycle, loadConfig } from '@nestfleet/service';
import { compose } from '../../src/compose.ts';
import { gatewayConfig } from '../../src/gateway.config.ts';

/** The gateway as its main file makes it, in this process, from an environment. */
export async function startWholeGateway(environment: Record<string, string>) {
  const config = loadConfig(gatewayConfig, { PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'silent', ...environment });
  const machine = { hostname: 'test', pid: process.pid, nowMs: Date.now() };
  const identity = identify('frontend-gateway', '1.0.0', config, machine);
  const lifecycle = new Lifecycle();
  const log = createLogger(identity, config.LOG_LEVEL);
  const context = { config, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) };
  const composition = compose(context);
  const spec = {
    name: 'frontend-gateway',
    version: '1.0.0',
    title: 'gateway',
    description: 'gateway',
    config: gatewayConfig,
    compose,
  };
  const app = await createApp(spec, context, composition);
  await app.listen(0, '127.0.0.1');
  await composition.onListen?.(app);
  await composition.firstReady?.();
  lifecycle.ready();
  const http: Server = app.getHttpServer();
  const { port } = http.address() as AddressInfo;
  composition.registration?.announce({ http: port, rpc: null, control: null, metrics: null });
  return {
    port,
    identity,
    close: async () => {
      // The registry may be gone by now; the entry then goes with it.
      await composition.registration?.withdraw().catch(() => undefined);
      http.closeAllConnections();
      await app.close();
      for (const step of composition.onClose ?? []) await step.run();
    },
  };
}
