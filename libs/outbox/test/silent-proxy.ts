import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where PostgreSQL and its clients look for a socket in a folder. */
const SOCKET = '.s.PGSQL.5432';

export interface SilentProxy {
  /** As the host of a connection. */
  readonly host: string;
  /** Connections that are open now pass nothing on for ever, and do not end. New ones are as before. */
  silence(): void;
  close(): void;
}

/** Stands before a PostgreSQL that listens in the folder `target`. */
export async function startSilentProxy(target: string): Promise<SilentProxy> {
  const host = mkdtempSync(join(tmpdir(), 'outbox-proxy-'));
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(join(target, SOCKET));
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.pipe(far).pipe(near);
  });
  server.listen(join(host, SOCKET));
  await once(server, 'listening');
  return {
    host,
    silence() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      rmSync(host, { recursive: true, force: true });
    },
  };
}
