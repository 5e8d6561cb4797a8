import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** RedisLink is a way to a Redis that can lose what is sent on it. */
export interface RedisLink {
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
  /** What Redis answers on the connections of now goes nowhere, and nobody is told. */
  mute(): void;
  /** Connections so far. */
  readonly made: number;
  /** The connections of now. */
  open(): ReadonlySet<unknown>;
  /** What Redis sees as the ports of the connections of now, but for these. */
  ports(but: ReadonlySet<unknown>): readonly number[];
  /** As `mute`, in both directions, but for these connections. */
  strand(but: ReadonlySet<unknown>): void;
  /** Ends every connection, as who closes it does; new ones pass. */
  end(): void;
  /** Resets every connection; new ones pass. */
  reset(): void;
  close(): Promise<void>;
}

export async function linkTo(redisUrl: string): Promise<RedisLink> {
  const target = new URL(redisUrl);
  const pairs = new Set<{ readonly near: Socket; readonly far: Socket }>();
  let made = 0;
  const server = createServer((near) => {
    made += 1;
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
    get made() {
      return made;
    },
    open: () => new Set(pairs),
    ports: (but) => [...pairs].flatMap((pair) => (but.has(pair) ? [] : (pair.far.localPort ?? []))),
    strand(but) {
      for (const pair of pairs)
        if (!but.has(pair)) {
          pair.near.unpipe().resume();
          pair.far.unpipe().resume();
        }
    },
    end() {
      for (const { near } of pairs) near.end();
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
