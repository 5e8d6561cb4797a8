import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { DevServersPaths } from './paths.ts';
import { readTexts } from './protocol.ts';

/** connectDaemon answers a connection to the daemon of a folder, which counts as a reference; undefined when none listens. */
export async function connectDaemon(paths: DevServersPaths): Promise<Socket | undefined> {
  try {
    const { socket: path } = readTexts(readFileSync(paths.endpoint, 'utf8'), ['socket']);
    if (path === undefined) return undefined;
    const socket = connect({ path, allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  } catch {
    return undefined;
  }
}
