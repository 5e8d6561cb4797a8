import { changeSession } from './change-session.ts';
import { type SessionFields, decodeFields, encodeFields } from './session-fields.ts';
import { newSessionId, publicSessionId } from './session-id.ts';
import type { Session, Sessions } from './sessions.ts';

interface Kept {
  fields: SessionFields;
  count: number;
  version: number;
  readonly createdAtMs: number;
  expiresAtMs: number;
}

export interface MemorySessionsParts {
  readonly ttlMs: number;
  readonly nowMs: () => number;
  readonly random: (bytes: number) => Buffer;
}

/** For one process: tests, demos, a fleet of one. */
export function memorySessions({ ttlMs, nowMs, random }: MemorySessionsParts): Sessions {
  /** Oldest expiry first, because whatever is kept alive moves to the end. */
  const kept = new Map<string, Kept>();

  function alive(id: string): Kept | undefined {
    const session = kept.get(id);
    return session !== undefined && session.expiresAtMs > nowMs() ? session : undefined;
  }
  function keepAlive(id: string, session: Kept): void {
    session.expiresAtMs = nowMs() + ttlMs;
    kept.delete(id);
    kept.set(id, session);
  }
  function forgetExpired(): void {
    for (const [id, { expiresAtMs }] of kept) {
      if (expiresAtMs > nowMs()) return;
      kept.delete(id);
    }
  }
  function shown(id: string, { fields, count, version, createdAtMs, expiresAtMs }: Kept): Session {
    const counts = { count, version, createdAtMs, ttlMs: expiresAtMs - nowMs() };
    return { id, publicId: publicSessionId(id), data: decodeFields(fields), ...counts };
  }

  const sessions: Sessions = {
    async open(data = {}) {
      forgetExpired();
      const id = newSessionId(random);
      const session = { fields: encodeFields(data), count: 0, version: 1, createdAtMs: nowMs(), expiresAtMs: 0 };
      keepAlive(id, session);
      return shown(id, session);
    },
    async find(id) {
      const session = alive(id);
      return session && shown(id, session);
    },
    async touch(id) {
      const session = alive(id);
      if (session !== undefined) keepAlive(id, session);
      return session !== undefined;
    },
    async visit(id) {
      const session = alive(id);
      if (session === undefined) return undefined;
      session.count += 1;
      keepAlive(id, session);
      return session.count;
    },
    change: (id, edit, options) =>
      changeSession(
        {
          read: () => sessions.find(id),
          async write(expectedVersion, { removed, set }) {
            const session = alive(id);
            if (session === undefined) return undefined;
            const stored = session.version === expectedVersion;
            if (stored) {
              const fields = new Map([...session.fields, ...set]);
              for (const name of removed) fields.delete(name);
              session.fields = fields;
              session.version += 1;
              keepAlive(id, session);
            }
            return { stored, version: session.version, count: session.count, ttlMs: session.expiresAtMs - nowMs() };
          },
        },
        edit,
        options,
      ),
    async end(id) {
      const ended = alive(id) !== undefined;
      kept.delete(id);
      return ended;
    },
  };
  return sessions;
}
