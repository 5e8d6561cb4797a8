import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { SHUTDOWN_STEPS, type ShutdownSteps, type WithShutdownSteps } from '@nestfleet/timing';
import type { OutboxStore } from '../outbox.ts';
import type { Relay } from '../relay.ts';
import { startRelay } from '../start-relay.ts';
import type { OutboxModuleOptions } from './outbox.module-options.ts';

const FINISH_MS = 5_000;
/** What the relay takes beyond that, at most: its last steps in the database. */
const LAST_STEPS_MS = 2_000;

/**
 * OutboxRelay runs the relay of a module for as long as the application runs. It closes behind the requests in flight where
 * `ShutdownModule` waits for them, and before the connections of the database.
 */
export class OutboxRelay implements OnApplicationBootstrap, BeforeApplicationShutdown, WithShutdownSteps {
  readonly [SHUTDOWN_STEPS]: ShutdownSteps;
  private readonly finishMs: number;
  private relay: Relay | undefined;
  private closed: Promise<void> | undefined;

  constructor(
    private readonly store: OutboxStore<never>,
    private readonly options: Pick<OutboxModuleOptions, 'relay' | 'finishMs'>,
  ) {
    this.finishMs = options.finishMs ?? FINISH_MS;
    const longestMs = options.relay === undefined ? 0 : this.finishMs + LAST_STEPS_MS;
    this[SHUTDOWN_STEPS] = { name: 'outbox', finishMs: longestMs, beforeClose: () => this.close() };
  }

  /** Looks for rows now, as after a commit. */
  wake(): void {
    this.relay?.wake();
  }

  /** Rows that are being sent here now. */
  get sending(): number {
    return this.relay?.sending ?? 0;
  }

  /** Once every module is there: `send` may use any of them. */
  onApplicationBootstrap(): void {
    if (this.options.relay !== undefined) this.relay = startRelay({ ...this.options.relay, store: this.store });
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.close();
  }

  private close(): Promise<void> {
    return (this.closed ??= this.relay?.close(this.finishMs) ?? Promise.resolve());
  }
}
