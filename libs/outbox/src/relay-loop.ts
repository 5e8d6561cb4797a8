import { randomUUID } from 'node:crypto';
import { backOffMs, pause, within, withDeadline } from '@nestfleet/timing';
import { type Delivered, deliver } from './deliver.ts';
import { silentLog } from './log.ts';
import type { ClaimedRow } from './outbox.ts';
import type { Relay, RelayOptions } from './relay.ts';
import { errorOf } from './thrown.ts';

const DAY_MS = 24 * 3_600_000;
const STORE_BACK_OFF = { baseMs: 500, capMs: 30_000 };
/** After the abort: for what listens to its signal, and for the writing down. */
const LAST_STEP_MS = 1_000;
const SWEEP_MS = 60_000;
/** Rows deleted in one statement. */
const SWEEP_MAX = 1_000;
/** Of a lease, what `send` may take at most. */
const SEND_SHARE = 1.5;

type Settings = Required<RelayOptions>;

const settingsOf = (options: RelayOptions): Settings => {
  const settings: Settings = {
    concurrency: 10,
    pollMs: 500,
    leaseMs: 30_000,
    sendTimeoutMs: 10_000,
    backOff: { baseMs: 1_000, capMs: 60_000 },
    retentionMs: DAY_MS,
    onSettled: () => undefined,
    log: silentLog,
    ...options,
  };
  const { concurrency, pollMs, leaseMs, sendTimeoutMs, retentionMs, backOff } = settings;
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new TypeError('concurrency must be a whole number from 1');
  for (const [name, ms] of Object.entries({ pollMs, leaseMs, sendTimeoutMs, retentionMs, capMs: backOff.capMs }))
    if (!(ms > 0 && Number.isFinite(ms))) throw new TypeError(`${name} must be a time, is ${ms}`);
  if (leaseMs < SEND_SHARE * sendTimeoutMs)
    throw new TypeError(`leaseMs must be at least ${SEND_SHARE} × sendTimeoutMs, is ${leaseMs}`);
  return settings;
};

export class RelayLoop implements Relay {
  private readonly settings: Settings;
  private readonly deliveries = new Set<Promise<void>>();
  /** Aborted: claim nothing more. */
  private readonly stopping = new AbortController();
  /** Aborted: send nothing more. */
  private readonly aborting = new AbortController();
  private readonly ended: Promise<void>;
  private wakeUp = new AbortController();
  private storeFaults = 0;
  private sweepAtMs = -Infinity;
  private sweeping: Promise<void> | undefined;
  private closing: Promise<void> | undefined;

  constructor(options: RelayOptions) {
    this.settings = settingsOf(options);
    this.ended = this.run();
  }

  get sending(): number {
    return this.deliveries.size;
  }

  wake(): void {
    this.wakeUp.abort();
  }

  close(timeoutMs: number): Promise<void> {
    return (this.closing ??= this.end(timeoutMs));
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      // Anew before the look, so that a word that comes during it is not lost.
      this.wakeUp = new AbortController();
      const free = this.settings.concurrency - this.deliveries.size;
      const isFull = free === 0 || (await this.look(free)) === free;
      if (this.storeFaults > 0) await pause(backOffMs(this.storeFaults, STORE_BACK_OFF), signal);
      // With all slots in use a delivery that ends is what to wait for; else there is nothing more to claim now.
      else if (free === 0 || !isFull) await pause(this.settings.pollMs, AbortSignal.any([signal, this.wakeUp.signal]));
    }
  }

  /** Claims rows and begins to send them; answers how many. */
  private async look(limit: number): Promise<number> {
    const { store, leaseMs, backOff, log } = this.settings;
    const token = randomUUID();
    // Before it is asked for: the lease begins no earlier.
    const leaseEndsMs = performance.now() + leaseMs;
    try {
      // A connection that is silent answers nothing for ever; rows that come later than that are nobody's again.
      const rows = await withDeadline(store.claim({ token, limit, leaseMs, backOffMaxMs: backOff.capMs }), leaseMs);
      for (const row of rows) this.begin(row, token, leaseEndsMs);
      // Beside it: how long a deletion takes keeps nothing from being sent.
      this.sweeping ??= this.sweep().finally(() => (this.sweeping = undefined));
      if (this.storeFaults > 0) log.info({}, 'the outbox can be read again');
      this.storeFaults = 0;
      return rows.length;
    } catch (error) {
      if (this.storeFaults === 0) log.warn({ err: errorOf(error) }, 'the outbox cannot be read; it is tried again');
      this.storeFaults += 1;
      return 0;
    }
  }

  private begin(row: ClaimedRow, token: string, leaseEndsMs: number): void {
    const startedMs = performance.now();
    const delivery = deliver({ ...this.settings, row, token, leaseEndsMs, closing: this.aborting.signal })
      .then((delivered) => this.report(row, delivered, startedMs))
      .finally(() => {
        this.deliveries.delete(delivery);
        this.wake();
      });
    this.deliveries.add(delivery);
  }

  private report(row: ClaimedRow, { outcome, failures, error }: Delivered, startedMs: number): void {
    const { onSettled, log } = this.settings;
    const durationMs = performance.now() - startedMs;
    const fields = { outbox_id: row.id, topic: row.topic, outcome, failures };
    if (error !== undefined) log.warn({ ...fields, err: errorOf(error) }, 'an outbox row was not sent, or not marked');
    // What a listener does wrong is no fault of the row; what an asynchronous one rejects with would end the process.
    const failed = (thrown: unknown): void => log.error({ err: errorOf(thrown) }, 'onSettled threw');
    try {
      const told: unknown = onSettled({
        topic: row.topic,
        outcome,
        failures,
        durationMs,
        ageMs: row.ageMs + durationMs,
      });
      if (told instanceof Promise) told.catch(failed);
    } catch (thrown) {
      failed(thrown);
    }
  }

  /** Deletes what was sent long ago, now and then. That it fails keeps nothing from being sent. */
  private async sweep(): Promise<void> {
    const { store, retentionMs, leaseMs, log } = this.settings;
    const nowMs = performance.now();
    if (nowMs < this.sweepAtMs) return;
    try {
      const deleted = await withDeadline(store.deleteSent(retentionMs, SWEEP_MAX), leaseMs);
      // More is left: with the next look.
      if (deleted < SWEEP_MAX) this.sweepAtMs = nowMs + Math.min(SWEEP_MS, retentionMs);
    } catch (error) {
      log.warn({ err: errorOf(error) }, 'rows that were sent could not be deleted');
      this.sweepAtMs = nowMs + SWEEP_MS;
    }
  }

  private async end(timeoutMs: number): Promise<void> {
    this.stopping.abort();
    // A claim that is under way may still bring rows.
    const all = this.ended.then(() => Promise.all([...this.deliveries, this.sweeping]));
    if (await within(all, timeoutMs)) return;
    this.aborting.abort(new Error('the relay closes'));
    if ((await within(all, 2 * LAST_STEP_MS)) || this.deliveries.size === 0) return;
    this.settings.log.warn({ rows: this.deliveries.size }, 'rows are left to their lease');
  }
}
