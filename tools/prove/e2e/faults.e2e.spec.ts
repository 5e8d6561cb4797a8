import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { SERVICE_NAMES } from '@nestfleet/contracts';
import { until } from '../src/client/until.ts';

const FIT_MS = 30_000;
const PRELOAD = join(import.meta.dirname, 'fault.ts');

type Line = Record<string, unknown>;
interface App {
  readonly process: ChildProcess;
  readonly lines: Line[];
  stderr: string;
  /** It has ended and all that it wrote has been read. */
  isClosed: boolean;
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A built app alone: what it needs is not there, so it lives and is not ready. */
function start(name: string, environment: Record<string, string> = {}): App {
  const { PATH } = process.env;
  const program = join(import.meta.dirname, `../../../dist/apps/${name}/main.js`);
  const child = spawn(process.execPath, ['--import', PRELOAD, program], {
    env: {
      ...(PATH === undefined ? {} : { PATH }),
      PORT: '0',
      RPC_PORT: '0',
      METRICS_PORT: '0',
      CONTROL_PORT: '0',
      BALANCER: 'none',
      // Nobody listens on the discard port.
      REDIS_URL: 'redis://127.0.0.1:9',
      DISCOVERY: 'fixed',
      DISCOVERY_FIXED: 'api=127.0.0.1:9',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const app: App = { process: child, lines: [], stderr: '', isClosed: false };
  child.once('close', () => (app.isClosed = true));
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    app.lines.push(...lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line));
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (app.stderr += chunk));
  return app;
}

const linesOf = ({ lines }: App, event: string): Line[] => lines.filter((line) => line['event'] === event);
const stepOf = (app: App, step: string): Line | undefined =>
  linesOf(app, 'shutdown.step').find((line) => line['step'] === step);
const exitOf = async (app: App): Promise<number | null> => {
  await until('the process ends', () => app.isClosed, FIT_MS);
  return app.process.exitCode;
};

/** An app that serves, and a connection on which one request was answered and half of the next has arrived. */
async function busy(app: App) {
  const { value } = await until('it listens', () => linesOf(app, 'listening')[0], FIT_MS);
  const { http } = value['ports'] as { http: number };
  const socket = connect(http, '127.0.0.1').setEncoding('utf8');
  let text = '';
  let ended = false;
  socket
    .on('data', (chunk: string) => (text += chunk))
    .on('error', () => undefined)
    .on('close', () => (ended = true));
  socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
  await until('the first is answered', () => text.endsWith('}') || undefined, FIT_MS);
  socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n');
  return {
    /** @returns all that was answered */
    finish: async (): Promise<string> => {
      socket.write('\r\n');
      await until('the connection ends', () => ended || undefined, FIT_MS);
      return text;
    },
  };
}

describe.each(SERVICE_NAMES)('a fault that nothing caught in the built %s', (name) => {
  it.each([
    ['throw', 'uncaughtException', 'Error: thrown'],
    ['reject', 'unhandledRejection', 'Error: rejected'],
    ['emit', 'uncaughtException', 'Error: emitted'],
  ])('(%s) is one line with its stack, and the process ends in order with 70', async (fault, origin, stack) => {
    const app = start(name, { FAULT: fault });
    const { finish } = await busy(app);
    app.process.kill('SIGUSR2');
    await until('it takes no more connections', () => stepOf(app, 'end streams'), FIT_MS);
    // The request that was on its way is answered, by a replica that shuts down.
    const text = await finish();
    expect(text).toMatch(/HTTP\/1\.1 404 [\s\S]*connection: close/i);
    expect(await exitOf(app)).toBe(70);
    expect(linesOf(app, 'fault')).toEqual([
      expect.objectContaining({
        level: 'fatal',
        origin,
        err: expect.objectContaining({ stack: expect.stringContaining(stack) }),
      }),
    ]);
    expect(linesOf(app, 'shutdown.completed')).toEqual([expect.objectContaining({ cut: 0 })]);
    expect(app.stderr).toBe('');
  });
});

describe('a fault that nothing caught', () => {
  it('again and again does not keep the process', async () => {
    const app = start('frontend-gateway', {
      FAULT: 'again',
      SHUTDOWN_IN_FLIGHT_MS: '200',
      UPSTREAM_DEADLINE_MS: '200',
    });
    await busy(app);
    app.process.kill('SIGUSR2');
    expect(await exitOf(app)).toBe(70);
    expect(linesOf(app, 'shutdown.completed')).toEqual([expect.objectContaining({ cut: 1 })]);
  });

  it.each(SERVICE_NAMES)('before %s serves is one line, and ends it with 70', async (name) => {
    const app = start(name, { FAULT_AT_BOOT: '1' });
    expect(await exitOf(app)).toBe(70);
    expect(linesOf(app, 'fault')).toHaveLength(1);
    expect(app.stderr).toBe('');
  });

  it.each(['SIGHUP', 'SIGQUIT'] as const)('is none where the process is told to end by %s', async (signal) => {
    const app = start('frontend-gateway');
    const { finish } = await busy(app);
    app.process.kill(signal);
    await until('it takes no more connections', () => stepOf(app, 'end streams'), FIT_MS);
    expect(await finish()).toMatch(/HTTP\/1\.1 404 /);
    expect(await exitOf(app)).toBe(0);
    expect(linesOf(app, 'fault')).toEqual([]);
  });
});

describe('the bundle of the api', () => {
  it('refuses an address that is no UTF-8, as its sources do', async () => {
    const app = start('api');
    const { value } = await until('it listens', () => linesOf(app, 'listening')[0], FIT_MS);
    const { http } = value['ports'] as { http: number };
    const { status } = await fetch(`http://127.0.0.1:${http}/enqueue?job=%ED%A0%80`);
    expect(status).toBe(400);
  });
});
