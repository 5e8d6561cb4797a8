import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { KeeperPlace } from './place.ts';
import { keeperCard } from './protocol.ts';

/** A connection to the keeper of a folder, which is a lease from now on; undefined when none listens. */
export async function connectKeeper(place: KeeperPlace): Promise<Socket | undefined> {
  try {
    const card = keeperCard.parse(JSON.parse(readFileSync(place.card, 'utf8')));
    const socket = connect({ path: card.socket, allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  } catch {
    return undefined;
  }
}
