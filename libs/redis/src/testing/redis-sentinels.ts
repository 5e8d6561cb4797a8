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
  /** Replicas and Sentinels run in another network than the primary, which is here. @default all run here, on loopback */
  readonly apart?: {
    /** Address of the primary, as it is reached from there. */
    readonly near: string;
    /** Address of all others, as they are reached from here. */
    readonly far: string;
    /** Program that runs Redis there. */
    readonly binary: string;
  };
}

export interface RedisSentinels {
  /** `redis+sentinel://<host>:<port>,…/main` */
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
  const { replicas, sentinels: count, settings, sentinelPassword, apart, ...server } = options;
  const there = { ...server, ...(apart === undefined ? {} : { host: apart.far, binary: apart.binary }) };
  const here = { ...server, ...(apart === undefined ? {} : { host: apart.near }) };
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
  const following = ({ host, port }: RedisServer) => ({
    ...access,
    replicaof: `${host} ${port}`,
    'repl-diskless-sync-delay': '0',
    ...settings,
  });
  try {
    const primary = await startRedisServer({ ...here, settings: { ...access, ...settings } });
    servers.push(primary);
    await Promise.all(
      Array.from({ length: replicas }, async () => {
        servers.push(await startRedisServer({ ...there, settings: following(primary) }));
      }),
    );
    const lines = [
      `sentinel monitor ${NAME} ${primary.host} ${primary.port} ${Math.floor(count / 2) + 1}`,
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
          await startRedisServer({
            ...there,
            args: (place) => sentinelArguments({ ...place, host: there.host }, lines, server.tls),
          }),
        );
      }),
    );
    await Promise.all(
      sentinels.map(({ host, port }) =>
        until(async () => {
          const said = list(await sendCommand(port, ['SENTINEL', 'MASTER', NAME], { ...toSentinels, host }));
          const field = (name: string) => said[said.indexOf(name) + 1];
          return field('num-slaves') === String(replicas) && field('num-other-sentinels') === String(count - 1);
        }, FORMED_WITHIN_MS),
      ),
    );
  } catch (error) {
    await stop();
    throw error;
  }

  const tell = ({ host, port }: RedisServer, command: readonly string[]) =>
    sendCommand(port, command, { ...admin, host });
  const named = async (): Promise<RedisServer[]> => {
    const said = await Promise.allSettled(
      sentinels.map(({ host, port }) =>
        sendCommand(port, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME], { ...toSentinels, host }),
      ),
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
    url: `${server.tls === undefined ? 'redis' : 'rediss'}+sentinel://${sentinels.map(({ host, port }) => `${host}:${port}`).join(',')}/${NAME}`,
    servers,
    sentinels,
    primary,
    async failover() {
      const before = await primary();
      const write = ['CLIENT', 'PAUSE', String(PAUSE_MS), 'WRITE'];
      await tell(before, write);
      try {
        await until(async () => caughtUp(await tell(before, ['INFO', 'replication'])), FAILOVER_WITHIN_MS);
        const [asked = before] = sentinels;
        const failover = ['SENTINEL', 'FAILOVER', NAME];
        const ask = () => sendCommand(asked.port, failover, { ...toSentinels, host: asked.host });
        await until(ask, FAILOVER_WITHIN_MS);
        const now = await until(async () => {
          const votes = await named();
          const [vote] = votes;
          const agreed = votes.length === sentinels.length && votes.every((each) => each === vote);
          if (vote === undefined || vote === before || !agreed) throw new Error('they still name the old one');
          if (list(await tell(vote, ['ROLE']))[0] !== 'master') throw new Error('it is no primary yet');
          return vote;
        }, FAILOVER_WITHIN_MS);
        // The Sentinels do so too, ten seconds later; until then it would take writes that are lost.
        await tell(before, ['REPLICAOF', now.host, String(now.port)]);
        return now;
      } finally {
        await tell(before, ['CLIENT', 'UNPAUSE']).catch(() => undefined);
      }
    },
    async restart(one) {
      const leader = await primary();
      const { dir, port, host } = one;
      const as = leader.port === port ? { ...access, ...settings } : following(leader);
      const again = await startRedisServer({ ...(host === there.host ? there : here), dir, port, settings: as });
      servers[servers.indexOf(one)] = again;
      replaced.push(one);
      return again;
    },
    stop,
  };
}

/** A Sentinel writes into its file what it learns, so that is its own. */
async function sentinelArguments(
  { dir, port, host = '127.0.0.1' }: { dir: string; port: number; host?: string | undefined },
  lines: readonly string[],
  tls?: ServerTls,
) {
  const file = join(dir, 'sentinel.conf');
  const open = host === '127.0.0.1' ? {} : { 'protected-mode': 'no' };
  const settings = { port, bind: host, dir, ...open, ...(tls === undefined ? {} : tlsSettings(tls, port)) };
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
