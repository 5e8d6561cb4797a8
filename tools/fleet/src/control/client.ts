import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { StackFault } from '../core/faults.ts';
import { parseJson } from '../core/parse-json.ts';
import { lineReader } from '../process/line-reader.ts';
import { readText } from '../logs/log-file.ts';
import type { StackPaths } from '../core/stack-paths.ts';
import { parseReply, type ControlRequest, type ServerAddresses } from './protocol.ts';

const CONNECT_WITHIN_MS = 2_000;
const ENDPOINT = z.object({ socket: z.string() });

/** connectSupervisor answers a connection to the running supervisor of a stack; undefined when none listens. */
export async function connectSupervisor(paths: StackPaths): Promise<Socket | undefined> {
  const endpoint = parseJson(ENDPOINT, readText(paths.endpoint));
  if (endpoint === undefined) return undefined;
  const socket = connect(endpoint.socket);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_WITHIN_MS) });
    return socket;
  } catch {
    socket.destroy();
    return undefined;
  }
}

/**
 * sendRequest sends one request and waits for its end, however long that takes. @throws StackFault what the supervisor
 * answered
 */
export async function sendRequest(socket: Socket, request: ControlRequest, say: (line: string) => void): Promise<void> {
  await exchange(socket, request, say).finally(() => socket.destroy());
}

/**
 * acquireServers takes a reference to Redis and Consul, which lasts as long as the connection: destroying it, or the end of
 * this process, releases it. @throws StackFault what the supervisor answered
 */
export async function acquireServers(
  socket: Socket,
  lingerMs: number,
  say: (line: string) => void,
): Promise<ServerAddresses> {
  const servers = await exchange(socket, { do: 'acquire', linger_ms: lingerMs }, say);
  if (servers === undefined) throw new StackFault('supervisor_lost', 'the supervisor gave no servers');
  return servers;
}

async function exchange(
  socket: Socket,
  request: ControlRequest,
  say: (line: string) => void,
): Promise<ServerAddresses | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<ServerAddresses | undefined>();
  socket.on(
    'data',
    lineReader((line) => {
      const reply = parseReply(line);
      if ('say' in reply) say(reply.say);
      else if ('done' in reply) resolve(undefined);
      else if ('acquired' in reply) resolve(reply.acquired);
      else reject(new StackFault(reply.code === 'internal' ? 'supervisor_lost' : reply.code, reply.fault));
    }, 1024 * 1024),
  );
  const lost = (): void => reject(new StackFault('supervisor_lost', 'the supervisor ended before it had answered'));
  socket.once('error', lost);
  socket.once('close', lost);
  socket.write(`${JSON.stringify(request)}\n`);
  return promise;
}
