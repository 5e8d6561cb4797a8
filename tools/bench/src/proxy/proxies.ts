import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { endWithOwner } from '@nestfleet/timing/testing';
import { findHaproxy, findOnPath } from '../../../fleet/src/programs.ts';
import { type Running, startBuiltApp } from '../built-app.ts';

/** A reverse proxy in front of replicas on these ports of loopback: one thread, kept connections, a line of log for each request. */
export interface Proxy {
  readonly name: string;
  /** Undefined where its program is not installed. */
  start(ports: readonly number[]): Promise<Running> | undefined;
}

const LISTENS_WITHIN_MS = 20_000;

export const gateway: Proxy = {
  name: 'gateway',
  start: (ports) =>
    startBuiltApp('dist/apps/frontend-gateway/main.js', {
      NODE_ENV: 'production',
      OPS_TOKEN: 'o'.repeat(32),
      CONTROL_TOKEN: 'c'.repeat(32),
      DISCOVERY_FIXED: `api=${ports.map((port) => `127.0.0.1:${port}`).join(',')}`,
    }),
};

const httpProxy: Proxy = {
  name: '@fastify/http-proxy',
  async start(ports) {
    const child = fork(join(import.meta.dirname, 'http-proxy.ts'), [JSON.stringify(ports)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    child.stdout!.resume();
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return { port, child };
  },
};

const haproxyConfig = (port: number, ports: readonly number[]): string => `
global
  nbthread 1
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  option forwardfor
  http-reuse always
  timeout connect 1s
  timeout client 30s
  timeout server 30s
frontend in
  bind 127.0.0.1:${port}
  default_backend replicas
backend replicas
  balance roundrobin
${ports.map((each, at) => `  server r${at} 127.0.0.1:${each}`).join('\n')}
`;

const haproxy: Proxy = {
  name: 'HAProxy',
  async start(ports) {
    const { path } = await findHaproxy();
    return startProgram(path, (file) => ['-db', '-f', file], haproxyConfig, ports);
  },
};

const nginxConfig = (port: number, ports: readonly number[]): string => `
daemon off;
master_process off;
worker_processes 1;
pid nginx.pid;
error_log stderr;
events { worker_connections 1024; }
http {
  access_log access.log;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  upstream replicas {
    ${ports.map((each) => `server 127.0.0.1:${each};`).join(' ')}
    keepalive 128;
  }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 1000000000;
    location / {
      proxy_pass http://replicas;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`;

const nginx: Proxy = {
  name: 'nginx',
  start(ports) {
    const path = findOnPath('nginx', `${process.env['PATH']}:/usr/sbin`);
    if (path === undefined) return undefined;
    return startProgram(path, (file) => ['-p', join(file, '..'), '-e', 'stderr', '-c', file], nginxConfig, ports);
  },
};

/** The one that the others are compared with is HAProxy. */
export const PROXIES: readonly Proxy[] = [haproxy, nginx, gateway, httpProxy];

async function startProgram(
  path: string,
  argsOf: (file: string) => string[],
  configOf: (port: number, ports: readonly number[]) => string,
  ports: readonly number[],
): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'nestfleet-bench-'));
  const port = await freePort();
  const file = join(folder, 'proxy.conf');
  writeFileSync(file, configOf(port, ports));
  const child: ChildProcess = spawn(path, argsOf(file), { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  endWithOwner(child);
  child.stdout!.resume();
  child.once('exit', () => rmSync(folder, { recursive: true }));
  await until(() => listens(port), LISTENS_WITHIN_MS, { what: `${path} listens` });
  return { port, child };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
