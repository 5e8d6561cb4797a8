import { errorOf } from '@nestfleet/contracts';
import { pause, within } from '@nestfleet/timing';
import type { ConsumeOptions } from '../consumer.ts';
import type { JobLog } from '../log.ts';
import type { BullConnection } from './connection.ts';
import { type Flow, judgeFlow, LOOK_INTERVAL_MS, STUCK_MS } from './flow.ts';
import { tell } from './tell.ts';

const LIVE = new Set(['connecting', 'connect', 'ready']);
const ANSWERS_WITHIN_MS = 1_000;

export interface WatchdogParts {
  readonly queue: string;
  /** Shared with other consumers of the process. */
  readonly connection: BullConnection;
  /** A list of the queue, to ask the connection for. */
  readonly key: string;
  /** Jobs that could be taken now. Rejects while Redis does not answer: then no connection of the consumer is to blame. */
  readonly waiting: () => Promise<number>;
  /** Whether the consumer could take a job: a slot is free, and nothing keeps it from that. */
  readonly isReady: () => boolean;
  readonly onRebuilt: ConsumeOptions['onRebuilt'];
  readonly log: JobLog;
}

/**
 * Watchdog sees that jobs flow to a consumer, whatever it is that keeps them, and rebuilds its connections when they do not. It asks
 * Redis only while the consumer is ready and fetches nothing.
 */
export class Watchdog {
  private readonly ending = new AbortController();
  private readonly parts: WatchdogParts;
  private blockingClient: BullConnection | undefined;
  private jobs = 0;
  private polls = 0;
  private reason: string | undefined;

  constructor(parts: WatchdogParts) {
    this.parts = parts;
  }

  /** Takes the connection on which the consumer waits for jobs. */
  readonly blocking = (client: BullConnection): void => {
    this.blockingClient = client;
  };

  /** A job was fetched. */
  fetched(): void {
    this.jobs += 1;
    this.reason = undefined;
  }

  /** Redis has answered whether there is a job. */
  polled(): void {
    this.polls += 1;
  }

  /** Why connections were rebuilt, until a job was fetched, or asked for where none waits. */
  get fault(): string | undefined {
    return this.reason;
  }

  start(): void {
    this.run().catch((error: unknown) => this.parts.log.error({ err: errorOf(error) }, 'the watchdog has ended'));
  }

  stop(): void {
    this.ending.abort();
  }

  private async run(): Promise<void> {
    const { isReady, waiting } = this.parts;
    const nowMs = performance.now();
    let flow: Flow = { atMs: nowMs, fetched: this.jobs, stuckSinceMs: undefined, rebuiltAt: undefined };
    for (;;) {
      await pause(LOOK_INTERVAL_MS, this.ending.signal);
      if (this.ending.signal.aborted) return;
      const isIdle = isReady() && this.jobs === flow.fetched;
      const asks = isIdle || flow.rebuiltAt !== undefined;
      // Before the answer: what is asked for later says nothing of now.
      const polled = this.polls;
      const found = asks ? await waiting().catch(() => undefined) : undefined;
      const look = { atMs: performance.now(), fetched: this.jobs, polled, ready: isReady(), waiting: found };
      const { rebuild, ...next } = judgeFlow(flow, look);
      flow = next;
      if (flow.rebuiltAt === undefined) this.reason = undefined;
      if (rebuild) await this.rebuild();
    }
  }

  private async rebuild(): Promise<void> {
    const { queue, connection, key, log } = this.parts;
    this.reason = `${queue}: jobs wait and none was fetched for ${STUCK_MS / 1_000} s; connections rebuilt`;
    log.warn({}, 'jobs wait and none was fetched for long; connections are rebuilt');
    tell(log, 'onRebuilt', () => this.parts.onRebuilt?.({ name: queue }));
    if (this.blockingClient) reconnect(this.blockingClient);
    // What the others wait for on it is sent again.
    if (!(await answers(connection, key))) reconnect(connection);
  }
}

/** A live one is dropped and made anew. After the last attempt there is nothing to drop, and between two it comes by itself. */
function reconnect(client: BullConnection): void {
  if (LIVE.has(client.status)) client.disconnect(true);
  else if (client.status !== 'reconnecting') client.connect().catch(() => undefined);
}

/** A refusal is an answer too; a socket that hangs gives none. */
const answers = (client: BullConnection, key: string): Promise<boolean> =>
  within(
    client.llen(key).catch(() => undefined),
    ANSWERS_WITHIN_MS,
  );
