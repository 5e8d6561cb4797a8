import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectKeeper } from './connect.ts';
import { keeperPlace, type KeeperPlace } from './place.ts';
import { readReply, lineReader, type KeeperSettings, type LeaseReply, type LeaseRequest } from './protocol.ts';

/** Redis and Consul are there as long as this process lives and has not released them. */
export interface Lease {
  redisUrl?: string;
  consulAddress?: string;
  /** Resolves when the keeper has ended the connection, by itself or after `release`. */
  ended: Promise<void>;
  /** Gives the lease back. Resolves when it is taken note of, for the last lease when the servers are gone (10 s at most). */
  release(): Promise<void>;
}

const readyWithinMs = 60_000;
const releaseWithinMs = 10_000;
const logTailChars = 1_000;

/** Starts a keeper that is nobody's child, so that no tool which ends a process tree finds it. Answers its pid. */
async function startKeeper(settings: KeeperSettings, place: KeeperPlace): Promise<number> {
  mkdirSync(place.dir, { recursive: true });
  const { NODE_OPTIONS: _, ...env } = process.env;
  const program = [process.execPath, join(import.meta.dirname, 'keeper.ts'), JSON.stringify(settings)];
  const shell = spawn('/bin/sh', ['-c', '"$@" </dev/null >>"$KEEPER_LOG" 2>&1 & echo $!', 'keeper', ...program], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...env, KEEPER_LOG: place.log },
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

/** Sends the request; undefined when the keeper ended before it answered. */
function ask(socket: Socket, request: LeaseRequest): Promise<LeaseReply | undefined> {
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

function held(socket: Socket, reply: LeaseReply): Lease {
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

/** Takes a lease on the servers of `settings.dir`, starting their keeper where none runs. Rejects within 60 s. */
export async function takeLease(settings: KeeperSettings, request: LeaseRequest): Promise<Lease> {
  const place = keeperPlace(settings.dir);
  const giveUpAtMs = performance.now() + readyWithinMs;
  let keeper: number | undefined;
  let starts = 0;
  while (performance.now() < giveUpAtMs) {
    const socket = await connectKeeper(place);
    const reply = socket && (await ask(socket, request));
    if (socket && reply?.fault !== undefined) {
      socket.destroy();
      throw new Error(reply.fault);
    }
    if (socket && reply) return held(socket, reply);
    socket?.destroy();
    if (keeper === undefined || !isAlive(keeper)) {
      if (starts >= 3) break;
      keeper = await startKeeper(settings, place);
      starts += 1;
    }
    await pause(50);
  }
  throw new Error(`the keeper of Redis and Consul did not answer. Its log, ${place.log}, ends:\n${tail(place.log)}`);
}

function tail(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(-logTailChars);
  } catch {
    return '(nothing)';
  }
}
