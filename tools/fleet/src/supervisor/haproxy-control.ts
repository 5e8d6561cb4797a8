import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { routedServices, type ServiceName } from '@nestfleet/contracts';
import { until } from '@nestfleet/timing';
import { servingSlots, SlotWatch, stateToKeep } from '../core/backend-slots.ts';
import { StackFault } from '../core/faults.ts';
import { shortName } from '../core/services.ts';
import { messageOf } from '../servers/errors.ts';
import { writeAtomically } from '../process/write-atomically.ts';

const ANSWER_WITHIN_MS = 2_000;
const RELOADED_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 25;
const WATCH_EVERY_MS = 2_000;
/** Consul answers within 2 s, DNS within 1 s, then the check: a slot that is empty after this is stuck. */
const STUCK_AFTER_MS = 15_000;

export interface HaproxyControlOptions {
  readonly socket: string;
  readonly stateFile: string;
  /** To the master process. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Ready replicas of a service. */
  readonly readyCount: (service: ServiceName) => number;
  readonly say: (line: string) => void;
  readonly nowMs: () => number;
}

/** query sends one command to the worker that serves. Rejects while there is none. */
async function query(path: string, command: string): Promise<string> {
  const socket = connect(path);
  const limit = setTimeout(() => socket.destroy(new Error('HAProxy does not answer')), ANSWER_WITHIN_MS);
  try {
    await once(socket, 'connect');
    socket.end(`${command}\n`);
    return await text(socket);
  } finally {
    clearTimeout(limit);
    socket.destroy();
  }
}

/** HaproxyControl inspects a running HAProxy through its runtime socket, and reloads it without losing a connection. */
export class HaproxyControl {
  private readonly options: HaproxyControlOptions;
  private readonly watches = new Map<string, SlotWatch>();
  private timer: NodeJS.Timeout | undefined;
  private reloading: Promise<void> = Promise.resolve();

  constructor(options: HaproxyControlOptions) {
    this.options = options;
  }

  /** One after the other. @throws StackFault never_ready */
  reload(): Promise<void> {
    const mine = this.reloading.then(() => this.reloadNow());
    this.reloading = mine.catch(() => undefined);
    return mine;
  }

  /**
   * The master starts a new worker, which takes the listening socket and the servers of the last one; that one goes on
   * with the connections that it has. Between the two nothing is refused.
   */
  private async reloadNow(): Promise<void> {
    const { socket, stateFile, signal } = this.options;
    const before = await this.workerPid();
    writeAtomically(stateFile, stateToKeep(await query(socket, 'show servers state')));
    signal('SIGUSR2');
    const isNew = async (): Promise<boolean> => (await this.workerPid()) !== before;
    await until(isNew, RELOADED_WITHIN_MS, { everyMs: LOOK_EVERY_MS }).catch((cause: unknown) => {
      throw new StackFault('never_ready', `HAProxy has no new worker after ${RELOADED_WITHIN_MS / 1_000} s`, { cause });
    });
  }

  private async workerPid(): Promise<string | undefined> {
    return /^Pid: (\d+)$/m.exec(await query(this.options.socket, 'show info'))?.[1];
  }

  /** Servers of a service's backend, which has its short name, that take requests. */
  async serving(service: ServiceName): Promise<number> {
    return servingSlots(await query(this.options.socket, 'show servers state'), shortName(service));
  }

  /** Looks every 2 s; slots that have got stuck are freed by a reload. */
  watch(): void {
    this.timer ??= setInterval(() => void this.look().catch(() => undefined), WATCH_EVERY_MS);
  }

  stopWatching(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async look(): Promise<void> {
    const { readyCount, nowMs, say } = this.options;
    for (const { name, shortName: backend } of routedServices) {
      const [ready, serving] = [readyCount(name), await this.serving(name)];
      const watch = this.watches.get(name) ?? new SlotWatch(STUCK_AFTER_MS);
      this.watches.set(name, watch);
      if (!watch.isStuck(ready, serving, nowMs())) continue;
      say(`warning: HAProxy serves ${serving} of ${ready} ${backend} for ${STUCK_AFTER_MS / 1_000} s: reloading it`);
      await this.reload().catch((fault: unknown) => say(`the reload failed: ${messageOf(fault)}`));
    }
  }
}
