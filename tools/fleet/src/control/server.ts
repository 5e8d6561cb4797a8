import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { StackFault } from '../core/faults.ts';
import { lineReader } from '../process/line-reader.ts';
import { messageOf } from '../servers/errors.ts';
import { parseRequest, type ControlRequest, type Reply, type ServerAddresses } from './protocol.ts';

/** Caller is one connection: it receives progress, and its close is an abort. */
export interface Caller {
  say(line: string): void;
  acquired(servers: ServerAddresses): void;
  /** Aborted when the caller is gone before it was answered. */
  readonly gone: AbortSignal;
}

export type Handler = (request: ControlRequest, caller: Caller) => Promise<void>;

/** listenForRequests serves the control socket; its folder lets only this user in. */
export async function listenForRequests(path: string, handle: Handler): Promise<Server> {
  // The lock on the stack folder is ours, so what lies there is a dead supervisor's.
  rmSync(path, { force: true });
  const server = createServer((socket) => serve(socket, handle));
  server.listen(path);
  await once(server, 'listening');
  chmodSync(path, 0o600);
  return server;
}

function serve(socket: Socket, handle: Handler): void {
  const gone = new AbortController();
  socket.on('error', () => undefined);
  socket.once('close', () => gone.abort());
  const reply = (message: Reply): void => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
  };
  const caller: Caller = {
    say: (line) => reply({ say: line }),
    acquired: (servers) => reply({ acquired: servers }),
    gone: gone.signal,
  };
  socket.on(
    'data',
    lineReader((line) => {
      void Promise.resolve()
        .then(() => handle(parseRequest(line), caller))
        .then(
          () => reply({ done: true }),
          (fault: unknown) =>
            reply({ fault: messageOf(fault), code: fault instanceof StackFault ? fault.code : 'internal' }),
        )
        .finally(() => socket.end());
    }),
  );
}
