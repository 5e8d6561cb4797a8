import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type ReadyReport, readyReport } from '@nestfleet/contracts';
import { ask } from '../src/client/http-client.ts';
import { until } from '../src/client/until.ts';

const PROGRAM = join(import.meta.dirname, '../../../dist/apps/frontend-gateway/main.js');
const FIT_MS = 30_000;

type Line = Record<string, unknown>;
interface Gateway {
  readonly process: ChildProcess;
  readonly lines: Line[];
  stderr: string;
  /** It has ended and all that it wrote has been read. */
  isClosed: boolean;
}

const children: ChildProcess[] = [];
const servers: Server[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) server.close();
});

interface SilentApi {
  readonly port: number;
  asked: boolean;
}

/**
 * Takes requests and never answers.
 * @param beginning what it says to each request before it falls silent
 */
async function silentApi(beginning = ''): Promise<SilentApi> {
  const server = createServer((socket) =>
    socket
      .on('error', () => undefined)
      .on('data', () => {
        api.asked = true;
        socket.write(beginning);
      }),
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const api: SilentApi = { port: (server.address() as AddressInfo).port, asked: false };
  return api;
}

/** The built gateway alone: no catalog, one api. */
function start(api: SilentApi, environment: Record<string, string>): Gateway {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [PROGRAM], {
    env: {
      ...(PATH === undefined ? {} : { PATH }),
      PORT: '0',
      METRICS_PORT: '0',
      CONTROL_PORT: '0',
      BALANCER: 'none',
      DISCOVERY: 'fixed',
      DISCOVERY_FIXED: `api=127.0.0.1:${api.port}`,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const gateway: Gateway = { process: child, lines: [], stderr: '', isClosed: false };
  child.once('close', () => (gateway.isClosed = true));
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    gateway.lines.push(...lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line));
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (gateway.stderr += chunk));
  return gateway;
}

const eventOf = ({ lines }: Gateway, event: string): Line | undefined => lines.find((line) => line['event'] === event);
const exitOf = async (gateway: Gateway): Promise<number> => {
  await until('the process ends', () => gateway.isClosed, FIT_MS);
  return gateway.process.exitCode!;
};

/** A gateway with one request in flight, whose answer has begun and never ends. */
async function busyGateway(environment: Record<string, string>): Promise<Gateway> {
  const api = await silentApi('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf');
  const gateway = start(api, environment);
  const { value } = await until('the gateway is ready', () => eventOf(gateway, 'service.ready'), FIT_MS);
  const ready: ReadyReport = readyReport.parse(value);
  const origin = `http://127.0.0.1:${ready.ports.http}`;
  ask(`${origin}/api/jobs?secret=1`, { method: 'POST', body: 'x', timeoutMs: 60_000 }).catch(() => undefined);
  await until('the request is in flight', () => api.asked, FIT_MS);
  return gateway;
}

const named = [{ method: 'POST', path: '/api/jobs', age_ms: expect.any(Number) }];

describe('a process that is told to end', () => {
  it('ends at a second signal with 1 and a line that names what it cut, without the query', async () => {
    const gateway = await busyGateway({});
    gateway.process.kill('SIGTERM');
    await until('it leaves', () => eventOf(gateway, 'shutdown.started'), FIT_MS);
    gateway.process.kill('SIGTERM');
    expect(await exitOf(gateway)).toBe(1);
    expect(eventOf(gateway, 'shutdown.cut')).toMatchObject({ signal: 'SIGTERM', requests: 1, cut: named });
  });

  it('ends with 1 and the same line when the time in flight is over', async () => {
    const gateway = await busyGateway({ SHUTDOWN_IN_FLIGHT_MS: '200', UPSTREAM_DEADLINE_MS: '200' });
    gateway.process.kill('SIGTERM');
    expect(await exitOf(gateway)).toBe(1);
    expect(eventOf(gateway, 'shutdown.cut')).toMatchObject({ requests: 1, cut: named });
    expect(eventOf(gateway, 'shutdown.completed')).toMatchObject({ cut: 1 });
  });

  it('ends with 0 and gives up on a Consul that takes connections and says nothing', async () => {
    const { port } = await silentApi();
    const consul = { DISCOVERY: 'consul', CONSUL_HTTP_ADDR: `http://127.0.0.1:${port}`, BALANCER: 'gateway' };
    const gateway = start(await silentApi(), consul);
    await until('the gateway is ready', () => eventOf(gateway, 'service.ready'), FIT_MS);
    gateway.process.kill('SIGTERM');
    expect(await exitOf(gateway)).toBe(0);
    const deregister = gateway.lines.find((line) => line['step'] === 'deregister');
    expect(deregister).toMatchObject({ err: { message: 'no answer within 2000 ms' } });
    expect(eventOf(gateway, 'shutdown.completed')).toMatchObject({ cut: 0 });
  });

  it('does not start where its times do not fit into what the platform gives, and names the sum', async () => {
    const gateway = start(await silentApi(), { BALANCER: 'haproxy', STOP_GRACE_MS: '10000' });
    expect(await exitOf(gateway)).toBe(78);
    expect(gateway.stderr).toMatch(
      /STOP_GRACE_MS: is 10000, the shutdown needs 21000: drain delay 3000 \+ in flight 10000/,
    );
  });

  it.each([
    [{ SHUTDOWN_IN_FLIGHT_MS: '9999' }, /UPSTREAM_DEADLINE_MS: is 10000, and a gateway that shuts down waits 9999 ms/],
    [
      { BALANCER: 'haproxy', SHUTDOWN_DRAIN_DELAY_MS: '0' },
      /SHUTDOWN_DRAIN_DELAY_MS: is 0, and haproxy may still pick/,
    ],
  ])('nor where they do not fit to each other: %j', async (environment, words) => {
    const gateway = start(await silentApi(), environment);
    expect(await exitOf(gateway)).toBe(78);
    expect(gateway.stderr).toMatch(words);
  });
});
