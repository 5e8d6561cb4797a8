/** OutboxMessage is what is to be sent once the transaction that adds it has committed. */
export interface OutboxMessage {
  /** What kind of message it is, 1 to 128 characters. */
  readonly topic: string;
  /** Anything that JSON can carry, 1 MiB at most. What it cannot carry whole (a map, an error, bytes) is refused. */
  readonly payload: unknown;
  /** Rows of one key, 1 to 256 characters, are sent one at a time, in the order of their commits. */
  readonly key?: string | undefined;
  /**
   * The dedup key, 1 to 90 of A-Z a-z 0-9 _ -: it fits as the id of a job and as an `Idempotency-Key`. One that is there already is an
   * error of the database.
   * @default a random UUID
   */
  readonly id?: string | undefined;
}

/** OutboxRow is a message as it is given to `send`. */
export interface OutboxRow {
  /** The same each time that the row is sent. */
  readonly id: string;
  readonly topic: string;
  readonly payload: unknown;
  readonly key: string | undefined;
  /** How often it could not be sent. */
  readonly failures: number;
  /** Since it was added, by the clock of the database. */
  readonly ageMs: number;
}

/** ClaimedRow is a row as it lies in the table: whether its payload can be read is found where it is sent. */
export interface ClaimedRow extends Omit<OutboxRow, 'payload'> {
  readonly json: string;
}

export interface Claim {
  /** Names this claim and no other. */
  readonly token: string;
  /** Rows at most. */
  readonly limit: number;
  /** The rows are nobody else's for that long. The same in all claims of one table, see `backOffMaxMs`. */
  readonly leaseMs: number;
  /**
   * No row is held back for longer after a failure. One that would be, or whose lease would last longer than `leaseMs`, by more than
   * `CLOCK_SLACK_MS`, has its time from a clock that was set back since: it may be claimed now.
   */
  readonly backOffMaxMs: number;
}

export interface Failure {
  /** Not to be claimed before. */
  readonly retryInMs: number;
  /** Kept with the row, for people. */
  readonly error: string;
}

export interface Backlog {
  /** Rows that are not sent. */
  readonly unsent: number;
  /** Age of the oldest of them; 0 where there is none. */
  readonly oldestMs: number;
}

/**
 * OutboxStore is what an adapter of a database does. Only `add` runs in a transaction of its caller; all else runs on a
 * connection that is in none. What is marked or released is so for the claim that still has the row, else the answer is false.
 */
export interface OutboxStore<Tx> {
  /** SQL that creates the table and its indexes where they are not there, for migrations. */
  readonly schema: string;
  createTable(): Promise<void>;
  /** Adds a message within the caller's transaction and answers its id. Throws OutboxError `invalid_message`. */
  add(tx: Tx, message: OutboxMessage): Promise<string> | string;
  /** Claims unsent rows that are due, oldest first; of each key the first unsent one alone. */
  claim(claim: Claim): Promise<ClaimedRow[]>;
  markSent(token: string, id: string): Promise<boolean>;
  markFailed(token: string, id: string, failure: Failure): Promise<boolean>;
  /** Gives a row back that was not sent; anybody may claim it at once. */
  release(token: string, id: string): Promise<boolean>;
  /** Deletes rows that were sent so long ago and answers how many. */
  deleteSent(olderThanMs: number, limit: number): Promise<number>;
  backlog(): Promise<Backlog>;
}
