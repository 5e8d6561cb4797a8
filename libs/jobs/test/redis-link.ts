import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** RedisLink is a way to a Redis that can lose what is sent on it. */
export interface RedisLink {
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
  /** What Redis answers on the connections of now goes nowhere, and nobody is told. */
  mute(): void;
  /** The connections of now. */
  open(): ReadonlySet<unknown>;
  /** As `mute`, in both directions, but for these connections. */
  strand(but: ReadonlySet<unknown>): void;
  /** Resets every connection; new ones pass. */
  reset(): void;
  close(): Promise<void>;
}

export async function linkTo(redisUrl: string): Promise<RedisLink> {
  const target = new URL(redisUrl);
  const pairs = new Set<{ readonly near: Socket; readonly far: Socket }>();
  const server = createServer((near) => {
    const pair = { near, far: connect(Number(target.port), target.hostname) };
    pairs.add(pair);
    const { far } = pair;
    near.pipe(far).pipe(near);
    for (const socket of [near, far])
      socket
        .on('error', () => undefined)
        .on('close', () => {
          near.destroy();
          far.destroy();
          pairs.delete(pair);
        });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const mute = (): void => {
    for (const { far } of pairs) far.unpipe().resume();
  };
  const reset = (): void => {
    for (const { near } of pairs) near.resetAndDestroy();
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mute,
    open: () => new Set(pairs),
    strand(but) {
      for (const pair of pairs)
        if (!but.has(pair)) {
          pair.near.unpipe().resume();
          pair.far.unpipe().resume();
        }
    },
    reset,
    async close() {
      const closed = once(server, 'close');
      server.close();
      reset();
      await closed;
    },
  };
}
