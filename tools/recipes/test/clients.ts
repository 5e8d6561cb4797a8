import type { Socket } from 'socket.io-client';
import { followMessages } from '../src/socket-io-client.ts';

/** Move is a client's way from one connection to the next. */
interface Move {
  readonly atMs: number;
  readonly afterMs: number;
  readonly recovered: boolean;
}

/** Client is one of the recipe, and what a test sees of it. */
export interface Client {
  readonly socket: Socket;
  readonly numbers: readonly number[];
  readonly moves: readonly Move[];
  /** It has its first place in the stream. */
  readonly isWelcome: boolean;
  /** Its connection breaks, and it does not come back by itself. */
  loseConnection(): void;
}

export function startClient(url: string): Client {
  const numbers: number[] = [];
  const moves: Move[] = [];
  const socket = followMessages(url, ({ n }) => void numbers.push(n));
  let lostAtMs: number | undefined;
  let isWelcome = false;
  socket.on('welcome', () => (isWelcome = true));
  socket.on('disconnect', () => (lostAtMs = performance.now()));
  socket.on('connect', () => {
    if (lostAtMs !== undefined)
      moves.push({ atMs: lostAtMs, afterMs: performance.now() - lostAtMs, recovered: socket.recovered });
  });
  return {
    socket,
    numbers,
    moves,
    get isWelcome() {
      return isWelcome;
    },
    loseConnection() {
      socket.io.reconnection(false);
      socket.io.engine.close();
    },
  };
}
