import { io, type Socket } from 'socket.io-client';

export interface Message {
  readonly n: number;
  readonly text: string;
}

/**
 * followMessages gives each message once and in order, whatever becomes of the connection and of the replica behind it.
 * @param last number of the message that is there already
 */
export function followMessages(url: string, onMessage: (message: Message) => void, last = 0): Socket {
  // After 0.5 to 1.5 s, each client another time; then up to 5 s.
  const pace = { reconnectionDelay: 1_000, randomizationFactor: 0.5, reconnectionDelayMax: 5_000 };
  const socket = io(url, { transports: ['websocket'], ...pace });
  /** What came before one that is still missing. */
  const ahead = new Map<number, Message>();
  let hasFailed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const take = (message: Message): void => {
    if (message.n > last) ahead.set(message.n, message);
    for (let next = ahead.get(last + 1); next !== undefined; next = ahead.get(last + 1)) {
      ahead.delete(next.n);
      last = next.n;
      onMessage(next);
    }
    // Two replicas may send in another order than they stored. What is missing for longer was not sent.
    if (ahead.size > 0) refetchSoon();
  };
  const refetch = async (): Promise<void> => {
    try {
      const response = await fetch(`${url}/messages?after=${last}`);
      for (const message of (await response.json()) as Message[]) take(message);
      hasFailed = false;
    } catch {
      hasFailed = true;
      refetchSoon();
    }
  };
  const refetchSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (socket.active && (hasFailed || ahead.size > 0)) void refetch();
    }, 1_000);
  };

  socket.on('message', take);
  // Recovered, it is sent by itself what it missed. Else nobody knows what that is.
  socket.on('connect', () => {
    if (!socket.recovered) void refetch();
  });
  return socket;
}
