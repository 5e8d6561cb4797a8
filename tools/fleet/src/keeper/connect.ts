import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { KeeperPlace } from './place.ts';
import { readTexts } from './protocol.ts';

/** A connection to the keeper of a folder, which is a lease from now on; undefined when none listens. */
export async function connectKeeper(place: KeeperPlace): Promise<Socket | undefined> {
  try {
    const { socket: path } = readTexts(readFileSync(place.card, 'utf8'), ['socket']);
    if (path === undefined) return undefined;
    const socket = connect({ path, allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  } catch {
    return undefined;
  }
}
