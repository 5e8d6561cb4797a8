import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** DevServersPaths are the files of one daemon. One daemon runs per folder. */
export interface DevServersPaths {
  /** Data of its servers; absolute. */
  dir: string;
  /** Held locked by the daemon until it exits. */
  lock: string;
  /** Written once the daemon listens: its pid and where. */
  endpoint: string;
  /** The servers' processes, for a daemon that comes after a killed one. */
  processes: string;
  log: string;
  socket: string;
}

/** sockaddr_un holds 108 bytes on Linux, 104 on macOS. */
const socketPathMax = 100;

/** devServersPaths puts the socket into the temporary folder, since a clone's own path may be too long for one. */
export function devServersPaths(dir: string, temporary: string = tmpdir()): DevServersPaths {
  const hash = createHash('sha256').update(dir).digest('hex').slice(0, 16);
  const name = `nestfleet-dev-${hash}.sock`;
  const socket = join(temporary, name);
  return {
    dir,
    lock: join(dir, 'daemon.lock'),
    endpoint: join(dir, 'daemon.json'),
    processes: join(dir, 'servers.json'),
    log: join(dir, 'daemon.log'),
    socket: Buffer.byteLength(socket) <= socketPathMax ? socket : join('/tmp', name),
  };
}
