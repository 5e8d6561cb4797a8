import { once } from 'node:events';
import { connect } from 'node:net';
import { freePorts } from '@nestfleet/discovery/testing';
import { startChild } from '../process/child.ts';
import { readFrom } from '../logs/log-file.ts';
import { serverEnv } from './environment.ts';
import type { ServerSpec } from './server-spec.ts';

const ANSWER_WITHIN_MS = 500;

export interface RedisSettings {
  readonly binary: string;
  readonly version: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly fsync: 'everysec' | 'always' | 'no';
  /** False: nothing is written. */
  readonly isDurable: boolean;
  readonly readyWithinMs: number;
}

/** Append-only file, no eviction: a refused write is seen at once, a silently evicted session or job is not. */
const redisArguments = (port: number, { dataDir, fsync, isDurable }: RedisSettings): string[] =>
  Object.entries({
    port: String(port),
    bind: '127.0.0.1',
    dir: dataDir,
    daemonize: 'no',
    appendonly: isDurable ? 'yes' : 'no',
    appendfsync: fsync,
    save: '',
    'maxmemory-policy': 'noeviction',
    loglevel: 'notice',
  }).flatMap(([name, value]) => [`--${name}`, value]);

/** redisSpec is Redis, whose port stays the same over its restarts. */
export function redisSpec(settings: RedisSettings): ServerSpec {
  let port = 0;
  let fixed = false;
  return {
    name: 'redis',
    url: () => `redis://127.0.0.1:${port}`,
    version: settings.version,
    logFile: settings.logFile,
    readyWithinMs: settings.readyWithinMs,
    graceMs: 15_000,
    start: async () => {
      if (!fixed) [port = 0] = await freePorts(1);
      const args = redisArguments(port, settings);
      return startChild({ command: settings.binary, args, env: serverEnv(process.env), logFile: settings.logFile });
    },
    probe: async (child) => {
      // Its own word first: on a port that somebody took before it, that one's PONG would be taken for its own.
      const { text } = readFrom(settings.logFile, child.logOffset);
      if (!text.includes('eady to accept connections') || !(await answersPing(port))) return undefined;
      fixed = true;
      return { ready: true };
    },
  };
}

async function answersPing(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    socket.write('PING\r\n');
    const [data] = (await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })) as [Buffer];
    return data.toString('latin1').startsWith('+PONG');
  } finally {
    socket.destroy();
  }
}
