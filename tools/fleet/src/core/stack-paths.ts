import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { StackFault, isDiskFull } from './faults.ts';

/** StackPaths are the files and folders of one fleet. One supervisor runs per folder. */
export interface StackPaths {
  /** Real path; mode 700. */
  readonly dir: string;
  /** The state file, a public interface. */
  readonly state: string;
  /** Where the supervisor listens, while it runs. */
  readonly endpoint: string;
  /** Sockets of a stack that is temporary: see `makeSocketPath`. */
  readonly socket: string;
  readonly edgeProxySocket: string;
  /** Held locked by the supervisor until it exits. */
  readonly lock: string;
  readonly secrets: string;
  readonly logs: string;
  readonly redis: string;
  readonly consul: string;
  readonly discovery: string;
  readonly edgeProxy: string;
  readonly compileCache: string;
  /** What the Docker engine remembers of its fleet here. */
  readonly docker: string;
}

export function stackPaths(dir: string): StackPaths {
  return {
    dir,
    state: join(dir, 'fleet.json'),
    endpoint: join(dir, 'supervisor.json'),
    socket: join(dir, 'supervisor.sock'),
    edgeProxySocket: join(dir, 'edge-proxy.sock'),
    lock: join(dir, 'supervisor.lock'),
    secrets: join(dir, 'secrets.json'),
    logs: join(dir, 'logs'),
    redis: join(dir, 'redis'),
    consul: join(dir, 'consul'),
    discovery: join(dir, 'discovery'),
    edgeProxy: join(dir, 'edge-proxy'),
    compileCache: join(dir, 'compile-cache'),
    docker: join(dir, 'docker'),
  };
}

/** knownPaths are those of a stack folder that is there, undefined where none is. */
export const knownPaths = (stackDir: string): StackPaths | undefined =>
  existsSync(stackDir) ? stackPaths(realpathSync(stackDir)) : undefined;

/** makeStackPaths makes the folders. @throws StackFault when they cannot be made */
export function makeStackPaths(wanted: string): StackPaths {
  try {
    mkdirSync(wanted, { recursive: true });
    const paths = stackPaths(realpathSync(wanted));
    chmodSync(paths.dir, 0o700);
    for (const folder of [paths.logs, paths.redis, paths.consul, paths.discovery, paths.edgeProxy, paths.compileCache])
      mkdirSync(folder, { recursive: true });
    return paths;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StackFault(isDiskFull(cause) ? 'disk_full' : 'stack_dir', `cannot use ${wanted}: ${message}`, { cause });
  }
}

/** sockaddr_un holds 108 bytes on Linux, 104 on macOS. */
const SOCKET_PATH_MAX = 100;

/**
 * makeSocketPath answers where a control socket lies: in the system's temporary folder, since a clone's own path may be too
 * long for one. A stack that is temporary itself has it in its own folder. Either is closed to other users. @throws
 * StackFault when somebody else made that folder
 */
export function makeSocketPath(
  dir: string,
  whose: 'supervisor' | 'edge-proxy' = 'supervisor',
  temporary = tmpdir(),
  uid = process.getuid?.() ?? 0,
): string {
  const paths = stackPaths(dir);
  const own = whose === 'edge-proxy' ? paths.edgeProxySocket : paths.socket;
  if (existsSync(temporary) && dirname(dir) === realpathSync(temporary) && Buffer.byteLength(own) <= SOCKET_PATH_MAX)
    return own;
  const hash = createHash('sha256').update(dir).digest('hex').slice(0, 16);
  const folderName = `nestfleet-${uid}`;
  const pathIn = (base: string): string =>
    join(base, folderName, `${hash}${whose === 'edge-proxy' ? '.edge' : ''}.sock`);
  const base = Buffer.byteLength(pathIn(temporary)) <= SOCKET_PATH_MAX ? temporary : '/tmp';
  const folder = join(base, folderName);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid: owner, mode } = lstatSync(folder);
  if (owner !== uid || (mode & 0o077) !== 0)
    throw new StackFault('stack_dir', `${folder} must belong to you and be closed to others (mode 700)`);
  return pathIn(base);
}
