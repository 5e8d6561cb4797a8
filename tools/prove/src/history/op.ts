import type { OperationOutcome } from '../load/operation.ts';

/** Name of the client that reads all that is shared when the others are through. */
export const LAST = 'last';

/** When a client sent something, when it learned what became of it, and what that was. Times are milliseconds since 1970. */
export interface Span {
  readonly client: string;
  readonly invokedMs: number;
  readonly endedMs: number;
  readonly outcome: OperationOutcome;
  readonly reason: string;
  readonly servedBy?: string;
}

/** One field of a session that was written without a look at its version. No two writes of a run have one value. */
export interface SetField {
  readonly do: 'set';
  readonly object: string;
  readonly sid: string;
  readonly field: string;
  readonly value: string;
}

/** A whole edit that adds its token to a list, over the version that was read (If-Match). */
export interface Edit {
  readonly do: 'edit';
  readonly object: string;
  readonly token: string;
  /** A session's id, where it is one. */
  readonly sid?: string;
}

/** What an answer has shown: the fields of a session, and the tokens of its list or of a value. */
export interface Read {
  readonly do: 'read';
  readonly object: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly tokens: readonly string[];
  readonly sid?: string;
  /** Visits of a session so far. */
  readonly count?: number;
}

export interface VisitOnce {
  readonly do: 'visit';
  readonly object: string;
  readonly sid: string;
  /** Of an answer; its session may be another than the one that was presented. */
  readonly counted?: { readonly inSession: number; readonly inAll: number; readonly isSameSession: boolean };
}

/** One attempt to count; a client that does not know what became of it makes another one with the same key. */
export interface CountOnce {
  readonly do: 'count';
  readonly counter: string;
  readonly key: string;
  readonly count?: number;
}

export interface End {
  readonly do: 'end';
  readonly sid: string;
}

/** One attempt to change an id; a client that does not know what became of it makes another one with the same key. */
export interface Rotate {
  readonly do: 'rotate';
  readonly object: string;
  readonly sid: string;
  readonly key: string;
  /** Public id of the session afterwards. */
  readonly movedTo?: string;
}

/** A visit with a well-signed id of which the store knows nothing. */
export interface Present {
  readonly do: 'present';
  readonly sid: string;
  readonly isAdopted: boolean;
}

export type OpBody = SetField | Edit | Read | VisitOnce | CountOnce | End | Rotate | Present;

/** One line of the history. `sid` is what the run calls an id, not the id. */
export type Op = Span & OpBody;
export type OpOf<D extends OpBody['do']> = Span & Extract<OpBody, { do: D }>;

export const opsOf = <D extends OpBody['do']>(ops: readonly Op[], what: D): OpOf<D>[] =>
  ops.filter((op): op is OpOf<D> => op.do === what);
