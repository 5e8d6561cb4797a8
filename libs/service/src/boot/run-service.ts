import { hostname } from 'node:os';
import { errorOf, messageOf } from '@nestfleet/contracts';
import { createLogger } from '../logging.ts';
import { type BaseConfig } from '../config/base-config.ts';
import { ConfigError, type ConfigShape, describeEnvironment, loadConfig } from '../config/environment.ts';
import { firstOuterAddress, identify } from '../identity.ts';
import { routedAddress } from '../routed-address.ts';
import { GracefulShutdown } from '../shutdown/graceful-shutdown.ts';
import { balancerFault, drainDelayFault, gracePeriodFault, shutdownTimeouts } from '../shutdown/timeouts.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import { hasSeededBug } from '../seeded-bug.ts';
import { createDocument } from '../http/openapi.ts';
import { createApp } from './create-app.ts';
import type { ServiceSpec } from '../composition.ts';
import type { ServiceContext } from '../service-context.ts';
import { bootExitCode, EXIT_CONFIG } from '../exit-codes.ts';
import { startService } from './start-service.ts';

/**
 * runService is a service's whole life, from the environment to the exit code. `print-openapi` and `print-environment` as
 * the first argument write the generated documents and end without touching the network.
 */
export async function runService<S extends ConfigShape, C extends BaseConfig>(spec: ServiceSpec<S, C>): Promise<void> {
  const command = process.argv[2];
  if (command === 'print-environment') return print(describeEnvironment(spec.config));
  const context = await readContext(
    spec,
    command === 'print-openapi' ? { NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'error' } : process.env,
  );
  if (!context) return;
  if (command === 'print-openapi') {
    const app = await createApp(spec, context, spec.compose(context), { preview: true });
    return printAndExit(createDocument(app, spec));
  }
  const shutdown = new GracefulShutdown(context);
  try {
    const running = await startService(spec, context);
    if (!hasSeededBug('no-drain')) shutdown.handleSignals(running);
    // Not awaited: a signal may end what still waits for Redis.
    running.firstReady.catch((error: unknown) => shutdown.bootFailed(running, error));
  } catch (error) {
    context.log.fatal({ err: errorOf(error) }, `cannot start: ${messageOf(error)}`);
    process.exit(bootExitCode(error));
  }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

function printAndExit(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`, () => process.exit(0));
}

async function readContext<S extends ConfigShape, C extends BaseConfig>(
  spec: ServiceSpec<S, C>,
  environment: NodeJS.ProcessEnv,
): Promise<ServiceContext<C> | undefined> {
  try {
    // The shape holds the base's keys by ServiceSpec's bound; zod's output type cannot show it for a generic S.
    const config = loadConfig(spec.config, environment) as unknown as C;
    const tooLong = gracePeriodFault(shutdownTimeouts(config), config.STOP_GRACE_MS);
    const faults = [balancerFault(config), drainDelayFault(config), tooLong, spec.fault?.(config)].filter(
      (each) => each !== undefined,
    );
    if (faults.length > 0) throw new ConfigError(faults);
    const outerAddress = (await routedAddress(config)) ?? firstOuterAddress();
    const identity = identify(spec.name, spec.version, config, {
      hostname: hostname(),
      pid: process.pid,
      nowMs: Date.now(),
      ...(outerAddress === undefined ? {} : { outerAddress }),
    });
    const lifecycle = new Lifecycle();
    const metrics = createMetrics(identity, lifecycle);
    return { config, identity, lifecycle, log: createLogger(identity, config.LOG_LEVEL), metrics };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${spec.name}: ${error.message}\n`);
    process.exitCode = EXIT_CONFIG;
    return undefined;
  }
}
