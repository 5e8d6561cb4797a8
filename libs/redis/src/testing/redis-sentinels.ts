import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AdminOptions, list, sendCommand } from './admin.ts';
import { type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.ts';
import { type ServerTls, tlsSettings, trust } from './server-tls.ts';
import { until } from '@nestfleet/timing';

const NAME = 'main';
const FORMED_WITHIN_MS = 20_000;
const FAILOVER_WITHIN_MS = 30_000;
/** How long the writes of a planned failover may wait. */
const PAUSE_MS = 10_000;
/** After this silence a Sentinel takes the primary for dead. */
const DOWN_AFTER_MS = 1_000;

export interface RedisSentinelsOptions extends Pick<
  RedisServerOptions,
  'appendonly' | 'appendfsync' | 'binary' | 'tls'
> {
  readonly replicas: number;
  readonly sentinels: number;
  /** Of the Redis servers. */
  readonly settings?: Readonly<Record<string, string>>;
  /** For servers that let nobody in without; the Sentinels use it too. */
  readonly admin?: Omit<AdminOptions, 'tls'>;
  /** Password of the Sentinels. @default none */
  readonly sentinelPassword?: string;
}

export interface RedisSentinels {
  /** `redis+sentinel://127.0.0.1:<port>,…/main` */
  readonly url: string;
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  /** The one that most of the Sentinels name, alive or not. */
  primary(): Promise<RedisServer>;
  /**
   * A planned one: writes wait, the replica catches up, the Sentinels switch. Resolves when they all name the new primary
   * and it takes writes.
   */
  failover(): Promise<RedisServer>;
  /** Starts a server (no Sentinel) that was killed, with what it had on disk: a replica, unless it is named primary. */
  restart(server: RedisServer): Promise<RedisServer>;
  stop(): Promise<void>;
}

/** Runs real Sentinels over a real primary and its replicas, and resolves when they know all of each other. */
export async function startRedisSentinels(options: RedisSentinelsOptions): Promise<RedisSentinels> {
  const { replicas, sentinels: count, settings, sentinelPassword, ...server } = options;
  const tls = server.tls === undefined ? {} : { tls: trust(server.tls) };
  const admin: AdminOptions = { ...options.admin, ...tls };
  const toSentinels: AdminOptions = {
    ...(sentinelPassword === undefined ? {} : { password: sentinelPassword }),
    ...tls,
  };
  const servers: RedisServer[] = [];
  const sentinels: RedisServer[] = [];
  const replaced: RedisServer[] = [];
  const stop = async () => {
    await Promise.all([...sentinels, ...servers].map((each) => each.stop()));
    // Their directories are the ones that were used on.
    await Promise.all(replaced.map((each) => each.stop()));
  };
  const login = [
    ...(admin.username === undefined ? [] : [['user', admin.username]]),
    ...(admin.password === undefined ? [] : [['pass', admin.password]]),
  ] as [string, string][];
  const access = Object.fromEntries(login.map(([what, value]) => [`master${what === 'pass' ? 'auth' : what}`, value]));
  const following = ({ port }: RedisServer) => ({
    ...access,
    replicaof: `127.0.0.1 ${port}`,
    'repl-diskless-sync-delay': '0',
    ...settings,
  });
  try {
    const primary = await startRedisServer({ ...server, settings: { ...access, ...settings } });
    servers.push(primary);
    await Promise.all(
      Array.from({ length: replicas }, async () => {
        servers.push(await startRedisServer({ ...server, settings: following(primary) }));
      }),
    );
    const lines = [
      `sentinel monitor ${NAME} 127.0.0.1 ${primary.port} ${Math.floor(count / 2) + 1}`,
      `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${NAME} 5000`,
      ...login.map(([what, value]) => `sentinel auth-${what} ${NAME} ${value}`),
      ...(sentinelPassword === undefined
        ? []
        : [`requirepass ${sentinelPassword}`, `sentinel sentinel-pass ${sentinelPassword}`]),
    ];
    await Promise.all(
      Array.from({ length: count }, async () => {
        sentinels.push(
          await startRedisServer({ ...server, args: (place) => sentinelArguments(place, lines, server.tls) }),
        );
      }),
    );
    await Promise.all(
      sentinels.map(({ port }) =>
        until(async () => {
          const said = list(await sendCommand(port, ['SENTINEL', 'MASTER', NAME], toSentinels));
          const field = (name: string) => said[said.indexOf(name) + 1];
          return field('num-slaves') === String(replicas) && field('num-other-sentinels') === String(count - 1);
        }, FORMED_WITHIN_MS),
      ),
    );
  } catch (error) {
    await stop();
    throw error;
  }

  const named = async (): Promise<RedisServer[]> => {
    const said = await Promise.allSettled(
      sentinels.map(({ port }) => sendCommand(port, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME], toSentinels)),
    );
    const ports = said.flatMap((each) => (each.status === 'fulfilled' ? [Number(list(each.value)[1])] : []));
    return ports.flatMap((port) => servers.find((each) => each.port === port) ?? []);
  };
  // On a busy machine all of them may be too late for one question.
  const primary = () =>
    until(async () => {
      const votes = await named();
      const [most] = votes.toSorted((a, b) => votesFor(votes, b) - votesFor(votes, a));
      if (most === undefined) throw new Error('no Sentinel names a primary');
      return most;
    }, FORMED_WITHIN_MS);

  return {
    url: `${server.tls === undefined ? 'redis' : 'rediss'}+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    servers,
    sentinels,
    primary,
    async failover() {
      const before = await primary();
      const write = ['CLIENT', 'PAUSE', String(PAUSE_MS), 'WRITE'];
      await sendCommand(before.port, write, admin);
      try {
        await until(
          async () => caughtUp(await sendCommand(before.port, ['INFO', 'replication'], admin)),
          FAILOVER_WITHIN_MS,
        );
        const [asked = before] = sentinels;
        const failover = ['SENTINEL', 'FAILOVER', NAME];
        await until(() => sendCommand(asked.port, failover, toSentinels), FAILOVER_WITHIN_MS);
        const now = await until(async () => {
          const votes = await named();
          const [vote] = votes;
          const agreed = votes.length === sentinels.length && votes.every((each) => each === vote);
          if (vote === undefined || vote === before || !agreed) throw new Error('they still name the old one');
          if (list(await sendCommand(vote.port, ['ROLE'], admin))[0] !== 'master')
            throw new Error('it is no primary yet');
          return vote;
        }, FAILOVER_WITHIN_MS);
        // The Sentinels do so too, ten seconds later; until then it would take writes that are lost.
        await sendCommand(before.port, ['REPLICAOF', '127.0.0.1', String(now.port)], admin);
        return now;
      } finally {
        await sendCommand(before.port, ['CLIENT', 'UNPAUSE'], admin).catch(() => undefined);
      }
    },
    async restart(one) {
      const leader = await primary();
      const { dir, port } = one;
      const as = leader.port === port ? { ...access, ...settings } : following(leader);
      const again = await startRedisServer({ ...server, dir, port, settings: as });
      servers[servers.indexOf(one)] = again;
      replaced.push(one);
      return again;
    },
    stop,
  };
}

/** A Sentinel writes into its file what it learns, so that is its own. */
async function sentinelArguments(
  { dir, port }: { dir: string; port: number },
  lines: readonly string[],
  tls?: ServerTls,
) {
  const file = join(dir, 'sentinel.conf');
  const settings = { port, bind: '127.0.0.1', dir, ...(tls === undefined ? {} : tlsSettings(tls, port)) };
  const first = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  await writeFile(file, [...first, ...lines, ''].join('\n'));
  return [file, '--sentinel'];
}

const votesFor = (votes: readonly RedisServer[], one: RedisServer): number =>
  votes.filter((vote) => vote === one).length;

/** Every replica has all that the primary wrote. */
function caughtUp(reply: unknown): boolean {
  const info = String(reply);
  const offset = /master_repl_offset:(\d+)/.exec(info)?.[1];
  const replicas = [...info.matchAll(/^slave\d+:.*offset=(\d+)/gm)];
  return replicas.length > 0 && replicas.every(([, at]) => at === offset);
}
