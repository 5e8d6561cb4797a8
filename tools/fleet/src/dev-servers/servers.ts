import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startConsulAgent } from '@nestfleet/discovery/testing';
import { startRedisServer } from '@nestfleet/redis/testing';
import { recordProcesses } from './leftovers.ts';
import type { ServersReply, ServersRequest } from './protocol.ts';

interface Running {
  url: string;
  pid: number;
  gone: Promise<unknown>;
  stop(): Promise<void>;
}

/** DevServers start each server at its first request and again when it has ended by itself. */
export interface DevServers {
  ensure(request: ServersRequest): Promise<ServersReply>;
  stop(): Promise<void>;
}

async function redis(dir: string, binary: string, durable: boolean): Promise<Running> {
  mkdirSync(dir, { recursive: true });
  const server = await startRedisServer({ binary, dir, appendonly: durable });
  const gone = new Promise((resolve) => server.child.once('exit', resolve));
  return { url: server.url, pid: server.pid, gone, stop: () => server.stop() };
}

async function consul(dataDir: string, binary: string): Promise<Running> {
  // Its registrations belong to processes that are gone; a kept catalog would offer them again.
  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dataDir, { recursive: true });
  const agent = await startConsulAgent({ binary, dataDir });
  const gone = new Promise((resolve) => agent.child.once('exit', resolve));
  return { url: agent.address, pid: agent.pid, gone, stop: () => agent.stop() };
}

/** @param durable Redis keeps an append-only file
 * @param processes file that names the running processes */
export function createDevServers(
  dir: string,
  processes: string,
  durable: boolean,
  log: (line: string) => void,
): DevServers {
  const starting = new Map<string, Promise<Running>>();
  const pids = new Map<string, number>();
  let stopping = false;

  function once(name: string, start: () => Promise<Running>): Promise<Running> {
    const known = starting.get(name);
    if (known !== undefined) return known;
    const begun = start();
    starting.set(name, begun);
    const forget = (words: string) => () => {
      if (stopping) return;
      log(`${name} ${words}`);
      starting.delete(name);
      pids.delete(name);
    };
    begun.then((running) => {
      log(`${name} on ${running.url}`);
      pids.set(name, running.pid);
      recordProcesses(processes, [...pids.values()]);
      return running.gone.then(forget('ended by itself'));
    }, forget('did not start'));
    return begun;
  }

  return {
    ensure: async ({ redis: redisPath, consul: consulPath }) => {
      if (stopping) return { fault: 'the servers are being stopped' };
      const wanted = {
        ...(redisPath === undefined
          ? {}
          : { redis_url: once('redis', () => redis(join(dir, 'redis'), redisPath, durable)) }),
        ...(consulPath === undefined
          ? {}
          : { consul_http_addr: once('consul', () => consul(join(dir, 'consul'), consulPath)) }),
      };
      const urls = await Promise.all(Object.entries(wanted).map(async ([key, server]) => [key, (await server).url]));
      return Object.fromEntries(urls) as ServersReply;
    },
    stop: async () => {
      stopping = true;
      await Promise.all(
        [...starting.values()].map((server) => server.then((running) => running.stop()).catch(() => undefined)),
      );
    },
  };
}
