import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectDaemon } from './connect.ts';
import { devServersPaths, type DevServersPaths } from './paths.ts';
import { lineReader } from '../process/line-reader.ts';
import { readReply, type DevServersSettings, type ServersReply, type ServersRequest } from './protocol.ts';

/** Reference keeps Redis and Consul running as long as this process lives and has not released it. */
export interface Reference {
  redisUrl?: string;
  consulAddress?: string;
  /** Resolves when the daemon has closed the connection, by itself or after `release`. */
  ended: Promise<void>;
  /** Resolves when the daemon has confirmed, for the last reference when the servers are gone (10 s at most). */
  release(): Promise<void>;
}

const readyWithinMs = 60_000;
const releaseWithinMs = 10_000;
const logTailChars = 1_000;

/** startDaemon starts one that is nobody's child, so that no tool which ends a process tree finds it. Answers its pid. */
async function startDaemon(settings: DevServersSettings, paths: DevServersPaths): Promise<number> {
  mkdirSync(paths.dir, { recursive: true });
  const { NODE_OPTIONS: _, ...env } = process.env;
  const program = [process.execPath, join(import.meta.dirname, 'daemon.ts'), JSON.stringify(settings)];
  const shell = spawn('/bin/sh', ['-c', '"$@" </dev/null >>"$DAEMON_LOG" 2>&1 & echo $!', 'daemon', ...program], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...env, DAEMON_LOG: paths.log },
  });
  const [printed] = (await once(shell.stdout, 'data')) as [Buffer];
  return Number(printed.toString());
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Sends the request; undefined when the daemon exited before it answered. */
function ask(socket: Socket, request: ServersRequest): Promise<ServersReply | undefined> {
  return new Promise((resolve) => {
    socket.on('error', () => resolve(undefined));
    socket.once('end', () => resolve(undefined));
    socket.on(
      'data',
      lineReader((line) => resolve(readReply(line))),
    );
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

function referenceOver(socket: Socket, reply: ServersReply): Reference {
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.once('end', () => socket.end());
  });
  return {
    ...(reply.redis_url === undefined ? {} : { redisUrl: reply.redis_url }),
    ...(reply.consul_http_addr === undefined ? {} : { consulAddress: reply.consul_http_addr }),
    ended,
    release: async () => {
      socket.end();
      await Promise.race([ended, pause(releaseWithinMs, undefined, { ref: false })]);
      socket.destroy();
    },
  };
}

/** acquireReference references the servers of `settings.dir`, starting their daemon where none runs. Rejects within 60 s. */
export async function acquireReference(settings: DevServersSettings, request: ServersRequest): Promise<Reference> {
  const paths = devServersPaths(settings.dir);
  const giveUpAtMs = performance.now() + readyWithinMs;
  let daemon: number | undefined;
  let starts = 0;
  while (performance.now() < giveUpAtMs) {
    const socket = await connectDaemon(paths);
    const reply = socket && (await ask(socket, request));
    if (socket && reply?.fault !== undefined) {
      socket.destroy();
      throw new Error(reply.fault);
    }
    if (socket && reply) return referenceOver(socket, reply);
    socket?.destroy();
    if (daemon === undefined || !isAlive(daemon)) {
      if (starts >= 3) break;
      daemon = await startDaemon(settings, paths);
      starts += 1;
    }
    await pause(50);
  }
  throw new Error(`the daemon of Redis and Consul did not answer. Its log, ${paths.log}, ends:\n${tail(paths.log)}`);
}

function tail(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(-logTailChars);
  } catch {
    return '(nothing)';
  }
}
