import type { OutboxStore } from '../outbox.ts';
import type { RelayOptions } from '../relay.ts';

export interface OutboxModuleOptions {
  /** `pgOutbox(pool)` or `sqliteOutbox(db)`. Its connections stay their opener's to close. */
  readonly outbox: OutboxStore<never>;
  /**
   * What the relay sends, and how. It starts with the application and closes with it.
   * @default no relay: this process adds rows, and another one sends them
   */
  readonly relay?: Omit<RelayOptions, 'store'>;
  /**
   * How long what is being sent may take when the application closes; what is left is released.
   * @default 5_000
   */
  readonly finishMs?: number;
}

/** OutboxModuleExtras stand beside the options, in `forRootAsync` beside `useFactory`. */
export interface OutboxModuleExtras {
  /** Tells several outboxes of one application apart: `@InjectOutbox(name)`. */
  readonly name?: string | undefined;
  /**
   * Whether errors of this lib are answered with their status and code. Switch it off where the application has a catch-all filter
   * as `APP_FILTER`, which would not see them.
   * @default true
   */
  readonly errorFilter?: boolean;
}
