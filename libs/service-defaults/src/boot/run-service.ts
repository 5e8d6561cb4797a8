import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../logging.ts';
import { type BaseConfig } from '../config/base-config.ts';
import { ConfigError, type ConfigShape, describeEnvironment, loadConfig } from '../config/environment.ts';
import { firstOuterAddress, identify } from '../identity.ts';
import { routedAddress } from '../routed-address.ts';
import { leave } from '../leaving/leave.ts';
import { noticeOf } from '../leaving/notice.ts';
import { leavingFault, leavingSums, SPARE_MS } from '../leaving/sums.ts';
import { Lifecycle } from '../lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import { isPlanted } from '../planted.ts';
import { createDocument } from '../http/openapi.ts';
import { createApp } from './create-app.ts';
import type { ServiceContext, ServiceSpec } from './composition.ts';
import { type Running, startService } from './start-service.ts';

/** Exit codes follow sysexits: 78 the configuration is wrong, 69 something this process needs at boot is not to be had. */
const EXIT_CONFIG = 78;
const EXIT_UNAVAILABLE = 69;

/**
 * A service's whole life, from the environment to the exit code. `print-openapi` and `print-environment` as the first
 * argument write the generated documents and end without touching the network.
 */
export async function runService<S extends ConfigShape, C extends BaseConfig>(spec: ServiceSpec<S, C>): Promise<void> {
  const order = process.argv[2];
  if (order === 'print-environment') return print(describeEnvironment(spec.config));
  const context = await readContext(
    spec,
    order === 'print-openapi' ? { NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'error' } : process.env,
  );
  if (!context) return;
  if (order === 'print-openapi') {
    const app = await createApp(spec, context, spec.compose(context), { preview: true });
    return printAndExit(createDocument(app, spec));
  }
  try {
    const running = await startService(spec, context);
    if (!isPlanted('no-drain')) leaveOnSignals(context, running);
  } catch (error) {
    context.log.fatal({ err: error }, `cannot start: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(EXIT_UNAVAILABLE);
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
    const fault = leavingFault(leavingSums(config), config.STOP_GRACE_MS);
    if (fault !== undefined) throw new ConfigError([fault]);
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

/** Our own signal handling: Nest's hook order closes connections before requests have ended. */
function leaveOnSignals({ config, lifecycle, log }: ServiceContext<BaseConfig>, running: Running): void {
  const sums = leavingSums(config);
  if (config.NODE_ENV === 'production' && config.STOP_GRACE_MS === undefined)
    log.warn(
      { event: 'leaving.unbounded', need_ms: sums.hardMs + SPARE_MS },
      'STOP_GRACE_MS is not set: nobody can tell whether the platform gives the time that leaving needs',
    );
  const cut = (why: string, fields: object): never => {
    const requests = lifecycle.inFlight;
    log.fatal({ event: 'leaving.cut', ...fields, requests, ...running.cutNow() }, `${why}: what is in flight is cut`);
    process.exit(1);
  };
  let begun = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (begun) cut('second signal', { signal });
    begun = true;
    log.info({ event: 'leaving', signal, ...sums }, 'leaving');
    setTimeout(() => cut('hard deadline', { hard_ms: sums.hardMs }), sums.hardMs);
    const notice = noticeOf(config, sums, lifecycle.evidence);
    void leave({ ...running, lifecycle, sums, log, notice, sleep: (ms) => sleep(ms), nowMs: () => performance.now() })
      .then((count) => {
        log.info({ event: 'left', cut: count }, 'left');
        return process.exit(count === 0 ? 0 : 1);
      })
      .catch((error: unknown) => {
        log.fatal({ err: error }, 'leaving failed');
        process.exit(1);
      });
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, onSignal);
}
