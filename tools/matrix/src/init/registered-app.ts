import { until } from '@nestfleet/timing';
import { z } from 'zod';
import { type AppProcess, type End, spawnApp } from '../app-process.ts';
import { type LoadReport, startLoad } from '../load.ts';

const entries = z.array(z.object({ Service: z.object({ Address: z.string(), Port: z.number() }) }));

const REGISTERED_WITHIN_MS = 60_000;
const REQUESTS_BEFORE = 100;
/** Two of each client of the load, so that some come within the drain delay. */
const REQUESTS_AFTER = 16;
const REQUESTS_WITHIN_MS = 30_000;
/** Far beyond what the shutdown takes: a bound of the test and none of the app. */
const END_WITHIN_MS = 60_000;

/** An app that Consul lists, and whose check passes. */
export interface RegisteredApp extends AppProcess {
  readonly url: string;
}

async function passing(consul: string, service: string): Promise<string[]> {
  const answer = await fetch(`${consul}/v1/health/service/${service}?passing`);
  const found = entries.parse(await answer.json());
  return found.map(({ Service: { Address, Port } }) => `http://${Address}:${Port}`);
}

/** Starts what was built on a free port, and finds it as others would: in Consul, once its check passes. */
export async function startRegistered(
  folder: string,
  { file, service, consul }: { file: string; service: string; consul: string },
): Promise<RegisteredApp> {
  // The Nest CLI writes PORT in lower case into the apps of a monorepo.
  const env = { NODE_ENV: 'production', PORT: '0', port: '0', CONSUL_HTTP_ADDR: consul };
  const started = spawnApp(folder, { node: process.execPath, file, env });
  const find = async () => (started.end() === undefined ? (await passing(consul, service))[0] : 'ended');
  try {
    const url = await until(find, REGISTERED_WITHIN_MS, { everyMs: 100, what: `an entry of ${service} that passes` });
    if (started.end() !== undefined) throw new Error(`it ended with ${started.end()}`);
    // Its check begins as passing: the catalog alone does not show that others reach it.
    await until(() => answersWith200(`${url}/readyz`), REGISTERED_WITHIN_MS, { what: `an answer of ${url}` });
    return { ...started, url };
  } catch (cause) {
    started.kill();
    throw new Error(`it is not in the catalog:\n${started.output().trim().slice(-2_000)}`, { cause });
  }
}

const answersWith200 = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ status }) => status === 200,
    () => false,
  );

export interface EndReport extends LoadReport {
  readonly sentAfter: number;
  readonly end: End;
  /** How many entries Consul has once the process is gone. */
  readonly entries: number;
}

/** Ends it by SIGTERM while clients ask, who send no more once it says that it is not ready. */
export async function terminateUnderRequests(
  app: RegisteredApp,
  { path, service, consul }: { path: string; service: string; consul: string },
): Promise<EndReport> {
  const load = startLoad(app.url + path);
  await until(() => load.sent() >= REQUESTS_BEFORE, REQUESTS_WITHIN_MS, { what: 'the load' });
  const sentBefore = load.sent();
  const ended = app.terminate(END_WITHIN_MS);
  const toldAway = until(() => load.sent() - sentBefore >= REQUESTS_AFTER, END_WITHIN_MS, {
    what: 'load behind SIGTERM',
  }).then(() => until(async () => !(await answersWith200(`${app.url}/readyz`)), END_WITHIN_MS, { everyMs: 100 }));
  await Promise.race([toldAway, ended]);
  const requests = await load.stop();
  const { end } = await ended;
  return { ...requests, sentAfter: load.sent() - sentBefore, end, entries: (await passing(consul, service)).length };
}

/** @throws where something was lost */
export function checkEnd({ sent, lost, sentAfter, end, entries: left }: EndReport): string {
  const faults = [
    ...lost.slice(0, 5).map((line) => `lost: ${line}`),
    ...(sentAfter > 0 ? [] : ['no request was sent behind SIGTERM']),
    ...(end === 0 ? [] : [`the process ended with ${end}`]),
    ...(left === 0 ? [] : [`Consul still has ${left} of it`]),
  ];
  const sum = `${lost.length} of ${sent} lost, ${sentAfter} behind it`;
  if (faults.length > 0) throw new Error(`${sum}\n${faults.join('\n')}`);
  return sum;
}
