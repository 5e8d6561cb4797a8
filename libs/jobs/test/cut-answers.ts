import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to Redis that loses one answer. */
export interface CutAnswers {
  readonly url: string;
  /** How many connections were cut before the answer passed. */
  readonly cut: number;
  close(): Promise<void>;
}

/** Cuts the first connection that has sent what `pattern` fits, once Redis has answered it, and before the answer passes. */
export async function cutAnswers(redisUrl: string, pattern: RegExp): Promise<CutAnswers> {
  const { hostname, port } = new URL(redisUrl);
  const sockets = new Set<Socket>();
  let cut = 0;
  const server = createServer((client) => {
    const redis = connect(Number(port), hostname);
    let isArmed = false;
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        redis.destroy();
      });
    }
    client.on('data', (bytes) => {
      isArmed ||= cut === 0 && pattern.test(bytes.toString('latin1'));
      redis.write(bytes);
    });
    redis.on('data', (bytes) => {
      if (isArmed && cut === 0) {
        cut += 1;
        client.destroy();
      } else client.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cut() {
      return cut;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
