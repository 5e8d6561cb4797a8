import type { ClaimedRow } from './outbox.ts';

/** StoredRow is what a claim reads of a row, by the names of its columns, which are the same in each database. */
export interface StoredRow {
  readonly id: string;
  readonly topic: string;
  readonly ordering_key: string | null;
  readonly payload: string;
  readonly failures: number;
}

/** claimedRow is a row as a relay gets it. */
export const claimedRow = (row: StoredRow, ageMs: number): ClaimedRow => ({
  id: row.id,
  topic: row.topic,
  json: row.payload,
  key: row.ordering_key ?? undefined,
  failures: row.failures,
  ageMs,
});

/** UNCLAIMED is what ends a claim, whatever becomes of its row. */
export const UNCLAIMED = 'claim = NULL, claimed_until = NULL';

/** isFirstOfKey is true of a row `o` before which no other one of its key is unsent. */
export const isFirstOfKey = (table: string): string => `(ordering_key IS NULL OR NOT EXISTS (
      SELECT 1 FROM ${table} AS e WHERE e.ordering_key = o.ordering_key AND e.sent_at IS NULL AND e.seq < o.seq))`;

/** indexesOf are for the claim, for the order of each key, and for the deletion of what was sent. */
export const indexesOf = (
  table: string,
): string => `CREATE INDEX IF NOT EXISTS ${table}_unsent ON ${table} (seq) WHERE sent_at IS NULL;
CREATE INDEX IF NOT EXISTS ${table}_key ON ${table} (ordering_key, seq) WHERE sent_at IS NULL;
CREATE INDEX IF NOT EXISTS ${table}_sent ON ${table} (sent_at) WHERE sent_at IS NOT NULL;
`;
