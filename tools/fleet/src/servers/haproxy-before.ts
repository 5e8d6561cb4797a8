import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePorts } from '@nestfleet/discovery/testing';
import { until } from '@nestfleet/timing';
import { endWithOwner } from '@nestfleet/timing/testing';
import { httpStatus } from '../process/http-status.ts';

const configDir = resolve(import.meta.dirname, '../../../../deploy/haproxy');
const ANSWER_WITHIN_MS = 1_000;
const READY_WITHIN_MS = 30_000;

export interface HaproxyBeforeOptions {
  /** The program. */
  readonly path: string;
  /** Port on this machine of the one server of each backend. */
  readonly servers: Readonly<Record<'api' | 'gateway', number>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Changes edge-proxy.cfg, to see what a mistake in it does. */
  readonly change?: (text: string) => string;
}

export interface RunningHaproxy {
  readonly port: number;
  /** What it has logged so far. */
  readonly log: () => string;
  close(): Promise<void>;
}

/** startHaproxyBefore runs HAProxy with the files of deploy/haproxy in front of one server for each backend. */
export async function startHaproxyBefore(options: HaproxyBeforeOptions): Promise<RunningHaproxy> {
  const { path, servers, env = {}, change = (text) => text } = options;
  const [port = 0, healthPort = 0] = await freePorts(2);
  const dir = await mkdtemp(join(tmpdir(), 'nestfleet-haproxy-'));
  const read = (name: string): Promise<string> => readFile(join(configDir, name), 'utf8');
  const docker = await read('docker.cfg');
  const backends = docker
    .slice(docker.indexOf('\nbackend '))
    .replaceAll(/server-template (\S+) .+/g, (_line, backend: 'api' | 'gateway') => {
      return `server one 127.0.0.1:${servers[backend]}`;
    });
  const files = {
    'edge-proxy.cfg': change(await read('edge-proxy.cfg')),
    'users.cfg': 'userlist stats\n    user admin insecure-password of-this-test\n',
    'servers.cfg': backends,
  };
  const paths = await Promise.all(
    Object.entries(files).map(async ([name, text]) => {
      await writeFile(join(dir, name), text);
      return join(dir, name);
    }),
  );
  const bind = {
    EDGE_PROXY_BIND: `127.0.0.1:${port}`,
    EDGE_PROXY_HEALTH: `127.0.0.1:${healthPort}`,
    EDGE_PROXY_DIR: configDir,
  };
  let log = '';
  const haproxy: ChildProcess = spawn(path, ['-db', ...paths.flatMap((file) => ['-f', file])], {
    env: { ...process.env, TLS: '0', DOMAIN: 'localhost', ...bind, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithOwner(haproxy);
  for (const stream of [haproxy.stdout, haproxy.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
  const close = async (): Promise<void> => {
    if (haproxy.exitCode === null && haproxy.kill()) await once(haproxy, 'exit');
    await rm(dir, { recursive: true, force: true });
  };
  const isUp = async (): Promise<boolean> => {
    if (haproxy.exitCode !== null) throw new Error(`HAProxy ended with ${haproxy.exitCode}:\n${log}`);
    return (await httpStatus(`http://127.0.0.1:${healthPort}/up`, ANSWER_WITHIN_MS)) === 200;
  };
  await until(isUp, READY_WITHIN_MS).catch(async (fault: unknown) => {
    await close();
    throw fault;
  });
  return { port, log: () => log, close };
}
