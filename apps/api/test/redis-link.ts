import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface RedisLink {
  /** The address of the Redis behind it, as seen through the link. */
  readonly url: string;
  /** From now on commands arrive and no reply comes back. */
  hang(): void;
  /** The same from the first command on that has these words in it. */
  hangFrom(words: string): void;
  /** From now on there is no connection. */
  cut(): void;
  /** New connections are good ones; there are no late replies, because the old ones end. */
  heal(): void;
  close(): Promise<void>;
}

/** A connection to a real Redis that can be made to hang. */
export async function linkTo(redisUrl: string): Promise<RedisLink> {
  const { hostname, port } = new URL(redisUrl);
  const sockets = new Set<Socket>();
  let state: 'good' | 'hangs' | 'cut' = 'good';
  let hangsFrom: string | undefined;
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const server = createServer((client) => {
    if (state === 'cut') {
      client.destroy();
      return;
    }
    const redis = connect(Number(port), hostname);
    for (const socket of [client, redis]) sockets.add(socket.on('error', () => undefined));
    client.on('data', (chunk: Buffer) => {
      if (hangsFrom !== undefined && chunk.includes(hangsFrom)) state = 'hangs';
    });
    client.pipe(redis);
    redis.on('data', (chunk) => (state === 'hangs' ? undefined : client.write(chunk)));
    client.on('close', () => redis.destroy());
    redis.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hang: () => (state = 'hangs'),
    hangFrom: (words) => (hangsFrom = words),
    cut: () => {
      state = 'cut';
      endAll();
    },
    heal: () => {
      state = 'good';
      endAll();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        endAll();
      }),
  };
}

/** One command to a Redis, past everything that the api does with it; the reply as it came. */
export async function redisCommand(redisUrl: string, ...words: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(redisUrl);
  const socket = connect(Number(port), hostname);
  socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
  const reply = await new Promise<Buffer>((resolve, reject) => socket.once('data', resolve).once('error', reject));
  socket.destroy();
  return reply.toString();
}
