import type { Sessions } from '../sessions/sessions.ts';
import { SessionRecords, type SessionStoreOptions } from './session-records.ts';

/** StoreCallback is how a session library is told that a store is done. */
export type StoreCallback = (error?: unknown) => void;

/** SessionStore is what @fastify/session asks of a store, and express-session of one that is an event emitter too. */
export interface SessionStore {
  /** Each library has a type of its own for a session, which its users extend: `never` fits all of them. */
  get(sessionId: string, callback: (error: unknown, session?: never) => void): void;
  set(sessionId: string, session: object, callback?: StoreCallback): void;
  touch(sessionId: string, session: object, callback?: StoreCallback): void;
  destroy(sessionId: string, callback?: StoreCallback): void;
}

/**
 * `fastifySessionStore` is a store for @fastify/session over sessions that any replica serves. Concurrent requests lose none of each other's
 * fields; a session that was destroyed or regenerated is not brought back by a late save. Callbacks get StateError.
 */
export function fastifySessionStore(sessions: Sessions, options?: SessionStoreOptions): SessionStore {
  const records = new SessionRecords(sessions, options);
  return {
    get: (sessionId, callback) => {
      answer(records.load(sessionId), (error, session) => callback(error, session as never));
    },
    set: (sessionId, session, callback) => answer(records.save(sessionId, session), callback),
    touch: (sessionId, session, callback) => answer(records.touch(sessionId, session), callback),
    destroy: (sessionId, callback) => answer(records.end(sessionId), callback),
  };
}

/**
 * `expressSessionStore` is the same for express-session.
 * @param library express-session itself, of which every store is made: `import session from 'express-session'`
 */
export function expressSessionStore<Store extends object>(
  library: { readonly Store: abstract new () => Store },
  sessions: Sessions,
  options?: SessionStoreOptions,
): Store & SessionStore {
  const store = Reflect.construct(library.Store, []) as Store;
  return Object.assign(store, fastifySessionStore(sessions, options));
}

/** Calls back outside of the promise: what the callback throws is not the store's. */
function answer<T>(work: Promise<T>, callback: ((error: unknown, value?: T) => void) | undefined): void {
  const settle = async (): Promise<() => void> => {
    try {
      const value = await work;
      return () => callback?.(null, value);
    } catch (error) {
      return () => callback?.(error);
    }
  };
  void settle().then((call) => queueMicrotask(call));
}
