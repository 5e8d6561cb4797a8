import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { declarationOf, SERVICE_NAMES, variableOf } from '@nestfleet/contracts';
import { freePort } from '@nestfleet/redis/testing';
import { defaultCounts } from '../../../fleet/src/programs.ts';
import { Fleet } from './make-fleet.ts';
import { composeDriver } from './compose-driver.ts';
import type { StartedFleet } from './fleet-driver.ts';
import { type Counts, type FleetOptions, TEST_DOMAIN } from './fleet-options.ts';
import { bringUpOnKubernetes } from './kubernetes-fleet.ts';
import { processDriver } from './process-driver.ts';
import { drawAgainIfTaken } from './taken-port.ts';

/** The first `make up` of a clone installs packages and builds images. */
const UP_WITHIN_MS = 30 * 60_000;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The variables by which `make up` is told. */
function countVariables(counts: Counts): Record<string, number> {
  const all = { ...defaultCounts, ...counts };
  return Object.fromEntries(SERVICE_NAMES.map((service) => [variableOf(declarationOf(service)), all[service]]));
}

/** A fleet of its own for one run, with the settings that the rows need. Ends itself when it does not come up. */
export const bringUp = (wanted: FleetOptions): Promise<StartedFleet> =>
  wanted.engine === 'kubernetes' ? bringUpOnKubernetes(wanted) : drawAgainIfTaken(() => bringUpOnce(wanted));

async function bringUpOnce(wanted: FleetOptions): Promise<StartedFleet> {
  const { purpose, engine, balancer, counts, tls, appsDir, fsync = 'everysec', redisUrl, variables = {} } = wanted;
  const port = await freePort();
  const tlsPort = await freePort();
  const project = `nestfleet-${purpose}-${process.pid}`;
  const fleet = new Fleet({
    ...variables,
    ENGINE: engine,
    BALANCER: balancer,
    PORT: String(port),
    DOMAIN: TEST_DOMAIN,
    DIAGNOSTIC_ROUTES: 'true',
    STACK_REDIS_FSYNC: fsync,
    REDIS_APPENDFSYNC: fsync,
    STACK_REDIS_URL: redisUrl ?? '',
    CORS_ORIGINS: tls ? `https://app.${TEST_DOMAIN}:${tlsPort}` : `http://app.${TEST_DOMAIN}:${port}`,
    ...(engine === 'docker' ? { NESTFLEET_PROJECT: project, DASHBOARD_PORT: String(await freePort()) } : {}),
    ...(appsDir === undefined ? {} : { STACK_APPS_DIR: appsDir }),
    ...(tls ? { TLS: '1', TLS_PORT: String(tlsPort) } : {}),
  });
  const end = async (): Promise<void> => {
    // Of containers `down` leaves the volumes, which nobody would find again.
    if (engine === 'docker') await fleet.tryMake('clean');
    await fleet.dispose();
  };
  // A fleet that outlives an interrupted run would be found by nobody.
  const interrupted = (): void => void end().finally(() => process.exit(1));
  for (const signal of SIGNALS) process.once(signal, interrupted);
  try {
    await fleet.make('up', countVariables(counts), UP_WITHIN_MS);
  } catch (error) {
    await end();
    for (const signal of SIGNALS) process.off(signal, interrupted);
    throw error;
  }
  if (engine === 'local') return { url: fleet.url, driver: processDriver(fleet, redisUrl) };
  const driver = composeDriver({
    project,
    edgeService: balancer === 'gateway' ? 'frontend-gateway' : 'edge-proxy',
    make: (target, values) => fleet.make(target, values),
    dispose: end,
  });
  if (!tls) return { url: `http://127.0.0.1:${port}`, driver };
  const ca = readFileSync(join(fleet.directory, 'docker/secrets/ca.crt'), 'utf8');
  return { url: `https://127.0.0.1:${tlsPort}`, driver, ca };
}
