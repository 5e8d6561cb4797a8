import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { freePorts } from '@nestfleet/discovery/testing';
import { endWithOwner } from '@nestfleet/timing/testing';
import { parse } from 'yaml';
import { until } from '../client/until.ts';
import { startByteReplica } from './byte-replica.ts';
import { sayBytes } from './byte-client.ts';
import { PLAIN_REQUEST } from './case.ts';
import type { ProxyUnderTest } from './proxies.ts';

const folder = resolve(import.meta.dirname, '../../../../deploy/traefik');
const DYNAMIC = '/etc/traefik/dynamic/';
const READY_MS = 30_000;

interface ComposeFile {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly environment?: Readonly<Record<string, string>>;
        readonly volumes?: readonly string[];
        readonly labels?: Readonly<Record<string, string>>;
      }
    >
  >;
}

/** Compose's `${NAME:-default}`, with the defaults. */
const withDefaults = (text: string): string => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
const readCompose = async (file: string): Promise<ComposeFile> =>
  parse(withDefaults(await readFile(join(folder, file), 'utf8'))) as ComposeFile;

type Tree = { [name: string]: Tree | string | readonly unknown[] };
const LISTS = new Set(['middlewares', 'prefixes', 'entrypoints']);

/** The labels of Docker's provider, as the file provider wants them; each service has one server. */
function dynamicOf({ services }: ComposeFile, port: number): Tree {
  const tree: Tree = {};
  for (const { labels = {} } of Object.values(services))
    for (const [label, value] of Object.entries(labels)) {
      const path = label.split('.');
      if (path[1] !== 'http') continue;
      const [last = '', ...before] = path.slice(1).toReversed();
      const isPort = label.endsWith('.loadbalancer.server.port');
      let at = tree;
      for (const name of (isPort ? before.slice(1) : before).toReversed()) at = (at[name] ??= {}) as Tree;
      if (isPort) at['servers'] = [{ url: `http://127.0.0.1:${port}` }];
      else at[last] = LISTS.has(last) ? value.split(',') : value;
    }
  return tree;
}

/**
 * traefikUnderTest runs Traefik with the environment, the files and the labels of deploy/traefik, which the file provider
 * reads in place of Docker's.
 * @param path the program
 */
export async function traefikUnderTest(path: string): Promise<ProxyUnderTest> {
  const replica = await startByteReplica();
  const [port = 0, dashboard = 0, ping = 0] = await freePorts(3);
  const dir = await mkdtemp(join(tmpdir(), 'nestfleet-traefik-'));
  const proxy = (await readCompose('edge-proxy.yaml')).services['edge-proxy'];
  const users = join(dir, 'users');
  await writeFile(users, 'admin:$apr1$of$this.test\n');
  for (const volume of proxy?.volumes ?? []) {
    const [from = '', to = ''] = volume.split(':');
    if (!to.startsWith(DYNAMIC)) continue;
    const text = await readFile(join(folder, from), 'utf8');
    await writeFile(join(dir, basename(to)), text.replaceAll('/run/secrets/dashboard_users', users));
  }
  const routes = dynamicOf(await readCompose('labels.yaml'), replica.port);
  await writeFile(join(dir, 'routes.yaml'), JSON.stringify(routes));
  let log = '';
  const traefik = spawn(path, {
    env: {
      ...proxy?.environment,
      TRAEFIK_ENTRYPOINTS_WEB_ADDRESS: `127.0.0.1:${port}`,
      TRAEFIK_ENTRYPOINTS_TRAEFIK_ADDRESS: `127.0.0.1:${dashboard}`,
      TRAEFIK_ENTRYPOINTS_PING_ADDRESS: `127.0.0.1:${ping}`,
      TRAEFIK_PROVIDERS_FILE_DIRECTORY: dir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithOwner(traefik);
  for (const stream of [traefik.stdout, traefik.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
  const close = async (): Promise<void> => {
    if (traefik.exitCode === null && traefik.kill('SIGKILL')) await once(traefik, 'exit');
    replica.close();
    await rm(dir, { recursive: true, force: true });
  };
  const isUp = async (): Promise<boolean> => {
    if (traefik.exitCode !== null) throw new Error(`it ended with ${traefik.exitCode}`);
    return / 200 /.test((await sayBytes(port, PLAIN_REQUEST)).text.split('\r\n', 1)[0] ?? '');
  };
  await until('Traefik serves', isUp, READY_MS).catch(async (fault: unknown) => {
    await close();
    throw new Error(`${String(fault)}\n${log.slice(-4_000)}`, { cause: fault });
  });
  return { port, replica, log: () => log, close };
}
