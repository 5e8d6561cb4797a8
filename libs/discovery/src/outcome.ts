/** Outcome is what one request showed of the instance that it was sent to. */
export type Outcome =
  /** It answered with a success. */
  | 'ok'
  /** It answered with 3xx or 4xx, or with a refusal of its own: it is well, and how quick it was says nothing. */
  | 'unsuccessful'
  /** It is full and has not begun the request (503 with `x-overloaded`): it is well, and has enough to do for now. */
  | 'overloaded'
  /** It answered with a 5xx. */
  | 'error'
  /** No connection (refused, unreachable, not made in time), or reset before any byte of an answer. */
  | 'refused'
  /** No byte of an answer within the deadline of the attempt. */
  | 'timeout'
  /** The answer began and broke off. */
  | 'broken'
  /** Counts neither for nor against the instance: the caller went away, the request could not be sent. */
  | 'unknown';
