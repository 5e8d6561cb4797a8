import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../client/until.ts';
import type { FleetDriver } from '../driver/fleet-driver.ts';

type Redis = Pick<FleetDriver, 'redis' | 'servers'>;

/** InjectedFault is one row of the table of faults (libs/redis, faults.ts) as a real server shows it. */
export interface InjectedFault {
  /** Name of the row. */
  readonly row: string;
  /** How it is made, for the report. */
  readonly by: string;
  /** Lasts for about that long, and returns when Redis takes everything again. */
  inject(driver: Redis, forMs: number): Promise<void>;
  /** What it leaves behind is undone: afterwards, and also when the run ended in the middle of it. */
  undo?(driver: Redis): Promise<void>;
}

const WITHIN_MS = 15_000;

/** A command that begins it and one that ends it. */
const between = (row: string, begin: string, end: string): InjectedFault => ({
  row,
  by: begin,
  inject: async ({ redis }, forMs) => {
    await redis(...begin.split(' '));
    await sleep(forMs);
    await redis(...end.split(' '));
  },
  undo: async ({ redis }) => {
    await redis(...end.split(' '));
  },
});

const asReplica = between('READONLY', 'REPLICAOF 127.0.0.1 1', 'REPLICAOF NO ONE');

const masterdown: InjectedFault = {
  row: 'MASTERDOWN',
  by: 'replica-serve-stale-data no, REPLICAOF',
  inject: async (driver, forMs) => {
    await driver.redis('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
    await asReplica.inject(driver, forMs);
  },
  undo: async (driver) => {
    await driver.redis('REPLICAOF', 'NO', 'ONE');
    await driver.redis('CONFIG', 'SET', 'replica-serve-stale-data', 'yes');
  },
};

const info = async ({ redis }: Redis): Promise<string> => String(await redis('INFO', 'persistence'));
const snapshotEnds = async (driver: Redis, status: 'ok' | 'err'): Promise<void> => {
  await driver.redis('BGSAVE');
  const seen = async () => (await info(driver)).includes(`rdb_last_bgsave_status:${status}`);
  await until(`a snapshot ends with ${status}`, seen, WITHIN_MS);
};

const misconf: InjectedFault = {
  row: 'MISCONF',
  by: 'a BGSAVE that fails',
  inject: async (driver, forMs) => {
    const mend = await driver.servers.failSnapshots();
    try {
      await driver.redis('CONFIG', 'SET', 'save', '3600 100000000');
      await snapshotEnds(driver, 'err');
      await sleep(forMs);
    } finally {
      await mend();
    }
    await snapshotEnds(driver, 'ok');
  },
  undo: async ({ redis }) => {
    await redis('CONFIG', 'SET', 'save', '');
  },
};

/** A script has no clock that moves while it runs. */
const BUSY_SCRIPT = 'for n = 1, ARGV[1] do end return 1';
const TRIAL_ROUNDS = 50_000_000;

const busy: InjectedFault = {
  row: 'BUSY',
  by: 'a script that computes',
  inject: async ({ redis }, forMs) => {
    await redis('CONFIG', 'SET', 'busy-reply-threshold', '50');
    const startMs = performance.now();
    await redis('EVAL', BUSY_SCRIPT, '0', String(TRIAL_ROUNDS));
    const rounds = Math.ceil((TRIAL_ROUNDS * forMs) / (performance.now() - startMs));
    // Who waits for a longer one gives up before it ends.
    await redis('EVAL', BUSY_SCRIPT, '0', String(rounds)).catch(() => undefined);
    // A connection that it does not let in waits no longer than its own time.
    const isOver = async () => (await redis('PING').catch(() => undefined)) === 'PONG';
    await until('the script has ended', isOver, forMs + WITHIN_MS);
  },
  undo: async ({ redis }) => {
    await redis('CONFIG', 'SET', 'busy-reply-threshold', '5000');
  },
};

const FLUSH_EVERY_MS = 250;

const noscript: InjectedFault = {
  row: 'NOSCRIPT',
  by: 'SCRIPT FLUSH, again and again',
  inject: async ({ redis }, forMs) => {
    const endMs = performance.now() + forMs;
    while (performance.now() < endMs) {
      await redis('SCRIPT', 'FLUSH');
      await sleep(FLUSH_EVERY_MS);
    }
  },
};

const timeOut: InjectedFault = {
  row: 'time-out',
  by: 'SIGSTOP',
  inject: async ({ servers }, forMs) => {
    await servers.pause('redis');
    await sleep(forMs);
    await servers.resume('redis');
  },
};

const closed: InjectedFault = {
  row: 'closed',
  by: 'SIGTERM, and a start later',
  inject: async ({ servers }, forMs) => {
    await servers.stop('redis');
    await sleep(forMs);
    await servers.start('redis');
  },
};

/** All that a real server can be made to answer by commands and signals, in the order of the table. */
export const injectedFaults: readonly InjectedFault[] = [
  asReplica,
  between('NOREPLICAS', 'CONFIG SET min-replicas-to-write 1', 'CONFIG SET min-replicas-to-write 0'),
  misconf,
  between('OOM', 'CONFIG SET maxmemory 1', 'CONFIG SET maxmemory 0'),
  between('NOPERM', 'ACL SETUSER default -@write', 'ACL SETUSER default +@write'),
  busy,
  masterdown,
  noscript,
  timeOut,
  closed,
];

/** Rows that no command makes a fleet's Redis answer for a set time, and why that is so. */
export const notInjected: Readonly<Record<string, string>> = {
  'NOPERM of a read': 'a worker may always read: its jobs would not be followed either',
  'NOPERM in a script': 'a part of a script of BullMQ may have run, which none of its own can mend',
  LOADING: 'lasts as long as the data is large; the start of `closed` has it for a moment',
  NOAUTH: 'ends with another password, which is a change of settings',
  CLUSTERDOWN: 'of a cluster',
  UNBLOCKED: 'comes with READONLY, to who waits for a job',
  TRYAGAIN: 'of a cluster',
  MOVED: 'of a cluster',
  ASK: 'of a cluster',
};
