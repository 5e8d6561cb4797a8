import { connect } from 'node:net';
import { HEALTH_PATHS, METRICS_PATH } from '@nestfleet/contracts';
import { ask } from '../client/http-client.ts';
import { until } from '../client/until.ts';
import { type TestBed, CONNECTIONS_MAX } from './test-bed.ts';
import { VALID_PATH } from './fuzzing-replica.ts';
import { type ProcessSocket, socketsOf } from './process-sockets.ts';
import type { TargetProcess } from './target-process.ts';

/** All time-outs of the gateway and of the reading of refused bodies are over by then, on a busy machine too. */
const QUIET_MS = 20_000;
/** Nothing is to be waited for any more. */
const PLACES_MS = 8_000;

/** Text of a path at a port, over a connection of its own that is closed before it resolves. */
async function textOf(port: number, path: string): Promise<string> {
  const { status, text } = await ask(`http://127.0.0.1:${port}${path}`);
  if (status !== 200) throw new Error(`${path} says ${status}`);
  return text;
}

const IN_FLIGHT = /^nestfleet_http_server_active_requests\b\S* (\d+)$/m;

async function inFlightOf({ ports }: TargetProcess): Promise<number> {
  const text = await textOf(ports.metrics!, METRICS_PATH);
  const value = IN_FLIGHT.exec(text)?.[1];
  if (value === undefined) throw new Error('no metric of requests in flight');
  return Number(value);
}

/** Waits for a value to be empty, and says what it is where it stays. */
async function emptied(
  what: string,
  read: () => Promise<readonly string[]> | readonly string[],
  limitMs = QUIET_MS,
): Promise<string[]> {
  let last: readonly string[] = [];
  let fault = '';
  try {
    await until(
      what,
      async () => {
        last = await read();
        return last.length === 0;
      },
      limitMs,
      100,
    );
    return [];
  } catch (error) {
    fault = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  }
  return [`${what}: after ${limitMs} ms still ${last.length}${fault}: ${last.slice(0, 6).join('; ')}`];
}

/** Says which connection of ours was at a port, where one was. */
export type NameOfPort = (port: number) => string;

/** Connections of clients, and of a gateway to its fuzzing replicas; those to the api are kept for the next request. */
function leftOf({ processes, replicas, fronts }: TestBed, target: TargetProcess, nameOf: NameOfPort): string[] {
  const fuzzing = new Set(replicas.map(({ port }) => port));
  const api = fronts.find(({ surface }) => surface.name === 'api')?.port;
  const sockets = socketsOf(target.pid);
  const isKept = ({ localPort, remotePort, state }: ProcessSocket): boolean =>
    state === 'ESTABLISHED' &&
    (remotePort === api || (localPort === api && isOfAnother(processes, target, remotePort)));
  return sockets
    .filter(
      (socket) =>
        socket.localPort === target.ports.http || fuzzing.has(socket.remotePort) || socket.state === 'CLOSE_WAIT',
    )
    .filter((socket) => !isKept(socket))
    .map(({ localPort, remotePort, state }) => `${localPort} to ${nameOf(remotePort)} ${state}`);
}

const isOfAnother = (processes: readonly TargetProcess[], target: TargetProcess, port: number): boolean =>
  processes.some((other) => other !== target && socketsOf(other.pid).some(({ localPort }) => localPort === port));

/**
 * What must be over once all clients have gone: nothing in flight, no connection of theirs, none to a replica that is not
 * idle, and each place for a connection or a tunnel free again.
 * @returns faults in words
 */
export async function quiesce(testBed: TestBed, nameOf: NameOfPort): Promise<string[]> {
  const faults: string[] = [];
  const each = async (check: (target: TargetProcess) => Promise<string[]>): Promise<void> => {
    faults.push(...(await Promise.all(testBed.processes.map(check))).flat());
  };
  const { replicas } = testBed;
  await each(({ name, ports }) =>
    emptied(`${name} is alive`, async () => {
      await textOf(ports.http!, HEALTH_PATHS.live);
      return [];
    }),
  );
  await each((target) =>
    emptied(`${target.name}: requests in flight`, async () => {
      const count = await inFlightOf(target);
      return count === 0 ? [] : [String(count)];
    }),
  );
  faults.push(...(await emptied('replicas: connections in use', () => replicas.flatMap((replica) => replica.busy()))));
  for (const replica of replicas) replica.endIdle();
  await each((target) => emptied(`${target.name}: connections`, () => leftOf(testBed, target, nameOf)));
  if (faults.length === 0) faults.push(...(await allPlacesFree(testBed)));
  return faults;
}

const UPGRADE = ['connection: Upgrade', 'upgrade: websocket', 'sec-websocket-key: x', 'sec-websocket-version: 13'];

/** As many tunnels at a time as there are places; each is held until all are there. */
async function allPlacesFree({ fronts, replicas }: TestBed): Promise<string[]> {
  const front = fronts.find(({ hasFuzzingReplicas }) => hasFuzzingReplicas);
  if (!front) return [];
  const count = CONNECTIONS_MAX * replicas.length;
  const open = async (): Promise<readonly string[]> => {
    const sockets = Array.from({ length: count }, () => connect(front.port, '127.0.0.1'));
    const statuses = await Promise.all(
      sockets.map(
        (socket) =>
          new Promise<string>((resolve) => {
            socket.on('error', () => resolve('reset'));
            socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1').split('\r\n')[0] ?? ''));
            socket.once('close', () => resolve('closed'));
            socket.write(`GET /api${VALID_PATH} HTTP/1.1\r\nhost: x\r\n${UPGRADE.join('\r\n')}\r\n\r\n`);
          }),
      ),
    );
    for (const socket of sockets) socket.destroy();
    return statuses.filter((status) => !status.startsWith('HTTP/1.1 101'));
  };
  const faults = await emptied(
    `${front.surface.name}: places for ${count} tunnels at a time, refused`,
    open,
    PLACES_MS,
  );
  return [...faults, ...(await emptied('replicas: tunnels', () => replicas.flatMap((replica) => replica.busy())))];
}
