import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { StackFault } from '../core/faults.ts';
import { portOwner } from './port-owner.ts';

/** A bound TCP socket, as Node's own cluster module makes it for its workers. */
interface BoundHandle {
  readonly fd: number;
  getsockname(out: { port?: number }): number;
  close(): void;
}

const UNDOCUMENTED = '_createServerHandle';
type CreateServerHandle = (host: string, port: number, family: 4 | 6) => BoundHandle | number;

/**
 * PublicPort is opened once, held here, shared by all gateways, and only they accept on it. While no gateway
 * accepts (the only one is being replaced), connections wait in the kernel's queue in place of being refused.
 */
export interface PublicPort {
  readonly fd: number;
  readonly host: string;
  readonly port: number;
  close(): void;
}

/**
 * A public `net.Server` cannot be had without accepting, and what this process accepts no gateway sees. Node's cluster
 * module has the same need and uses `net._createServerHandle`; it is not documented, so this file is the only one that
 * knows it, and says plainly when it is gone.
 */
async function bindHandle(host: string, port: number): Promise<BoundHandle | number> {
  const { [UNDOCUMENTED]: createHandle } = (await import('node:net')) as unknown as {
    [UNDOCUMENTED]?: CreateServerHandle;
  };
  if (createHandle === undefined)
    throw new StackFault('public_host', `Node ${process.version} has no net.${UNDOCUMENTED} to share a port with`);
  return createHandle(host, port, host.includes(':') ? 6 : 4);
}

/** As much as the kernel gives (`net.core.somaxconn`): HAProxy takes the socket as it is, a gateway sets its own. */
const BACKLOG = 4_096;

/** Makes the socket listen without ever accepting: a listener's queue outlives the process that called listen(). */
const listenAndExit = `require('node:net').createServer()
  .once('error', (fault) => { console.error(fault.code); process.exit(1) })
  .listen({ fd: 3 }, ${BACKLOG}, () => process.exit(0))`;

/** openPublicPort binds and listens. @param port 0 takes any free one. @throws StackFault port_in_use, public_host */
export async function openPublicPort(host: string, port: number): Promise<PublicPort> {
  const handle = await bindHandle(host, port);
  if (typeof handle === 'number') throw await bindFault(host, port);
  const bound: { port?: number } = {};
  // libuv keeps "address in use" for later and hands out a socket that is bound to nothing; asking for its name tells.
  if (handle.getsockname(bound) !== 0) {
    handle.close();
    throw await bindFault(host, port);
  }
  // Only now the kernel compares with other sockets: two that are merely bound may share a port under SO_REUSEADDR.
  const listener = spawn(process.execPath, ['-e', listenAndExit], {
    stdio: ['ignore', 'ignore', 'ignore', handle.fd],
  });
  if ((await exitCode(listener)) !== 0) {
    handle.close();
    throw await portInUse(bound.port ?? port);
  }
  return { fd: handle.fd, host, port: bound.port ?? port, close: () => handle.close() };
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

/** The undocumented call answers a bare number; the documented one says the same in words. */
async function bindFault(host: string, port: number): Promise<StackFault> {
  const probe = createServer().listen({ host, port, exclusive: true });
  try {
    await once(probe, 'listening');
    probe.close();
    return await portInUse(port);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return portInUse(port);
    return new StackFault('public_host', `cannot listen on ${host}:${port}: ${message}`, { cause });
  }
}

/** portInUse is the fault of a port that somebody else has, with the owner where that can be seen. */
export async function portInUse(port: number): Promise<StackFault> {
  const owner = await portOwner(port);
  const by = owner === undefined ? '' : ` by ${owner}`;
  return new StackFault(
    'port_in_use',
    `port ${port} is in use${by}; use make up PORT=<another>, or PORT=0 for any free one`,
  );
}
