import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** One TCP connection of a process, as Linux knows it. */
export interface ProcessSocket {
  readonly localPort: number;
  readonly remotePort: number;
  readonly state: string;
}

const STATES: Readonly<Record<string, string>> = {
  '01': 'ESTABLISHED',
  '02': 'SYN_SENT',
  '03': 'SYN_RECV',
  '04': 'FIN_WAIT1',
  '05': 'FIN_WAIT2',
  '06': 'TIME_WAIT',
  '07': 'CLOSE',
  '08': 'CLOSE_WAIT',
  '09': 'LAST_ACK',
  '0A': 'LISTEN',
  '0B': 'CLOSING',
};

const portOf = (address = ''): number => Number.parseInt(address.slice(address.indexOf(':') + 1), 16);

function inodesOf(pid: number): Set<string> {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    } catch {
      // Closed meanwhile.
    }
  }
  return inodes;
}

/** All connections that a process holds a descriptor of; those that only the kernel still has are not among them, and without /proc none are known. */
export function socketsOf(pid: number): ProcessSocket[] {
  if (!existsSync(`/proc/${pid}/net/tcp`)) return [];
  const mine = inodesOf(pid);
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => mine.has(fields[9] ?? ''))
      .map(([, local, remote, state = '']) => ({
        localPort: portOf(local),
        remotePort: portOf(remote),
        state: STATES[state] ?? state,
      }))
      .filter(({ state }) => state !== 'LISTEN'),
  );
}
