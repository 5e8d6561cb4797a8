/**
 * Transactional outbox: a message is added in the transaction of what it tells, and a relay sends what is committed, at least
 * once, under one dedup key per row. Adapters for PostgreSQL and SQLite.
 */
export { OUTBOX_ERRORS, OutboxError, type OutboxErrorCode } from './errors.ts';
export type { OutboxLog } from './log.ts';
export type {
  Backlog,
  Claim,
  ClaimedRow,
  Failure as RowFailure,
  OutboxMessage,
  OutboxRow,
  OutboxStore,
} from './outbox.ts';
export { pgOutbox, type PgOutbox, type Queryable } from './pg/pg-outbox.ts';
export type { Relay, RelayOptions, RowOutcome, SettledRow } from './relay.ts';
export { sqliteOutbox, type SqliteOutbox } from './sqlite/sqlite-outbox.ts';
export { startRelay } from './start-relay.ts';
