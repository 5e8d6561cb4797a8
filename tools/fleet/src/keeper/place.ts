import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files of one keeper. One keeper runs per folder. */
export interface KeeperPlace {
  /** Data of its servers; absolute. */
  dir: string;
  /** Held locked by the keeper for its whole life. */
  lock: string;
  /** Written once the keeper listens: its pid and where. */
  card: string;
  /** The servers' processes, for a keeper that comes after a killed one. */
  marks: string;
  log: string;
  socket: string;
}

/** sockaddr_un holds 108 bytes on Linux, 104 on macOS. */
const socketPathMax = 100;

/** The socket lies in the temporary folder, since a clone's own path may be too long for one. */
export function keeperPlace(dir: string, temporary: string = tmpdir()): KeeperPlace {
  const hash = createHash('sha256').update(dir).digest('hex').slice(0, 16);
  const name = `nestfleet-keeper-${hash}.sock`;
  const socket = join(temporary, name);
  return {
    dir,
    lock: join(dir, 'keeper.lock'),
    card: join(dir, 'keeper.json'),
    marks: join(dir, 'servers.json'),
    log: join(dir, 'keeper.log'),
    socket: Buffer.byteLength(socket) <= socketPathMax ? socket : join('/tmp', name),
  };
}
