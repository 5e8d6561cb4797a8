import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe } from '@jest/globals';
import { freePorts } from '@nestfleet/discovery/testing';
import { until } from '@nestfleet/timing';
import { findHaproxy } from '../src/programs.ts';

const configDir = resolve(import.meta.dirname, '../../../deploy/haproxy');
const found = await findHaproxy().catch((fault: unknown) => {
  if (process.env['CI']) throw fault;
  console.warn(`HAPROXY IS NOT TESTED: ${String(fault)}`);
});
export const withHaproxy = found === undefined ? describe.skip : describe;

const READY_WITHIN_MS = 30_000;

export interface RunningHaproxy {
  readonly port: number;
  /** What it has logged so far. */
  readonly log: () => string;
  close(): Promise<void>;
}

/** startHaproxyBefore runs HAProxy with the files of deploy/haproxy in front of one server, which is every service. */
export async function startHaproxyBefore(replicaPort: number): Promise<RunningHaproxy> {
  const [port = 0, healthPort = 0] = await freePorts(2);
  const dir = await mkdtemp(join(tmpdir(), 'nestfleet-haproxy-'));
  const text = await readFile(join(configDir, 'docker.cfg'), 'utf8');
  const backends = text
    .slice(text.indexOf('\nbackend '))
    .replaceAll(/server-template .+/g, `server one 127.0.0.1:${replicaPort}`);
  await writeFile(join(dir, 'users.cfg'), 'userlist stats\n    user admin insecure-password of-this-test\n');
  await writeFile(join(dir, 'servers.cfg'), backends);
  const files = [join(configDir, 'edge-proxy.cfg'), join(dir, 'users.cfg'), join(dir, 'servers.cfg')];
  const bind = {
    EDGE_PROXY_BIND: `127.0.0.1:${port}`,
    EDGE_PROXY_HEALTH: `127.0.0.1:${healthPort}`,
    EDGE_PROXY_DIR: configDir,
  };
  let log = '';
  const haproxy: ChildProcess = spawn(found!.path, ['-db', ...files.flatMap((file) => ['-f', file])], {
    env: { ...process.env, TLS: '0', DOMAIN: 'localhost', ...bind },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [haproxy.stdout, haproxy.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
  const isUp = async (): Promise<boolean> => {
    if (haproxy.exitCode !== null) throw new Error(`HAProxy ended with ${haproxy.exitCode}:\n${log}`);
    return (await fetch(`http://127.0.0.1:${port}/`)).ok;
  };
  await until(isUp, READY_WITHIN_MS);
  return {
    port,
    log: () => log,
    close: async () => {
      haproxy.kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
