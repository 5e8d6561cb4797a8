import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StackFault, isDiskFull } from './faults.ts';

/** Where one fleet keeps what it has. One supervisor runs per folder. */
export interface StackPlace {
  /** Real path; mode 700. */
  readonly dir: string;
  /** The state file, a public interface. */
  readonly state: string;
  /** Where the supervisor listens, while it runs. */
  readonly card: string;
  /** Held by the supervisor for its whole life. */
  readonly lock: string;
  readonly secrets: string;
  readonly logs: string;
  readonly redis: string;
  readonly consul: string;
  readonly discovery: string;
  readonly door: string;
  readonly compileCache: string;
  /** What the Docker engine remembers of its fleet here. */
  readonly docker: string;
}

export function stackPlace(dir: string): StackPlace {
  return {
    dir,
    state: join(dir, 'fleet.json'),
    card: join(dir, 'supervisor.json'),
    lock: join(dir, 'supervisor.lock'),
    secrets: join(dir, 'secrets.json'),
    logs: join(dir, 'logs'),
    redis: join(dir, 'redis'),
    consul: join(dir, 'consul'),
    discovery: join(dir, 'discovery'),
    door: join(dir, 'door'),
    compileCache: join(dir, 'compile-cache'),
    docker: join(dir, 'docker'),
  };
}

/** Makes the folders. @throws StackFault when they cannot be made */
export function makeStackPlace(wanted: string): StackPlace {
  try {
    mkdirSync(wanted, { recursive: true });
    const place = stackPlace(realpathSync(wanted));
    chmodSync(place.dir, 0o700);
    for (const folder of [place.logs, place.redis, place.consul, place.discovery, place.door, place.compileCache])
      mkdirSync(folder, { recursive: true });
    return place;
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new StackFault(isDiskFull(cause) ? 'disk_full' : 'stack_dir', `cannot use ${wanted}: ${words}`, { cause });
  }
}

/** sockaddr_un holds 108 bytes on Linux, 104 on macOS. */
const SOCKET_PATH_MAX = 100;

/**
 * Control sockets lie in the system's temporary folder, since a clone's own path may be too long for one; its folder
 * is closed to other users. @throws StackFault when somebody else made that folder
 */
export function makeSocketPath(
  dir: string,
  whose: 'supervisor' | 'door' = 'supervisor',
  temporary = tmpdir(),
  uid = process.getuid?.() ?? 0,
): string {
  const hash = createHash('sha256').update(dir).digest('hex').slice(0, 16);
  const folderName = `nestfleet-${uid}`;
  const pathIn = (base: string): string => join(base, folderName, `${hash}${whose === 'door' ? '.door' : ''}.sock`);
  const base = Buffer.byteLength(pathIn(temporary)) <= SOCKET_PATH_MAX ? temporary : '/tmp';
  const folder = join(base, folderName);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid: owner, mode } = lstatSync(folder);
  if (owner !== uid || (mode & 0o077) !== 0)
    throw new StackFault('stack_dir', `${folder} must belong to you and be closed to others (mode 700)`);
  return pathIn(base);
}
