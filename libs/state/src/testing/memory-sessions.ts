import { requireIdempotencyToken } from '../idempotency-token.ts';
import { holds, requirePrecondition } from '../values/precondition.ts';
import { type Written, changeSession, conflict } from '../sessions/change-session.ts';
import {
  type FieldChanges,
  type SessionFields,
  bytesOf,
  decodeFields,
  encodeFields,
  fieldWrites,
  requireBounds,
} from '../sessions/session-fields.ts';
import {
  ID_ATTEMPTS,
  type Random,
  badRandom,
  neighbourSessionId,
  newSessionId,
  publicSessionId,
  requireSessionId,
} from '../sessions/session-id.ts';
import { ROTATE_TOKEN_TTL_MS, type Session, type Sessions } from '../sessions/sessions.ts';

interface Kept {
  fields: SessionFields;
  count: number;
  version: number;
  readonly createdAtMs: number;
  readonly untilMs: number;
  readonly originId: string;
  expiresAtMs: number;
  /** A tombstone: only its id is kept, and where it went when it was rotated with a token. */
  ended: boolean;
  moved?: { readonly token: string; readonly to: string; readonly untilMs: number };
}

export interface MemorySessionsParts {
  readonly ttlMs: number;
  readonly maxMs: number;
  readonly nowMs: () => number;
  readonly random: Random;
}

/** For the tests of one process. */
export function memorySessions({ ttlMs, maxMs, nowMs, random }: MemorySessionsParts): Sessions {
  /** What is kept alive moves to the end. One near its last end may so stand behind later ones, and is forgotten with them. */
  const kept = new Map<string, Kept>();

  const clockVersion = () => Math.floor(nowMs() * 1_000);
  function unexpired(id: string): Kept | undefined {
    const session = kept.get(id);
    return session !== undefined && session.expiresAtMs > nowMs() ? session : undefined;
  }
  function alive(id: string): Kept | undefined {
    const session = unexpired(id);
    return session?.ended === false ? session : undefined;
  }
  function keepAlive(id: string, session: Kept): void {
    session.expiresAtMs = Math.min(nowMs() + ttlMs, session.untilMs);
    kept.delete(id);
    kept.set(id, session);
  }
  function leaveTombstone(id: string, session: Kept, moved?: Kept['moved']): void {
    kept.delete(id);
    const tombstone = { ...session, fields: new Map(), ended: true, expiresAtMs: nowMs() + ttlMs };
    kept.set(id, { ...tombstone, ...(moved === undefined ? {} : { moved }) });
  }
  function forgetExpired(): void {
    for (const [id, { expiresAtMs }] of kept) {
      if (expiresAtMs > nowMs()) return;
      kept.delete(id);
    }
  }
  function freeId(draw: () => string): string {
    for (let attempt = 1; attempt <= ID_ATTEMPTS; attempt += 1) {
      const id = draw();
      if (unexpired(id) === undefined) return id;
    }
    throw badRandom();
  }
  function endsOf({ expiresAtMs, untilMs }: Kept): { ttlMs: number; endsInMs: number } {
    return { ttlMs: expiresAtMs - nowMs(), endsInMs: untilMs - nowMs() };
  }
  function shown(id: string, session: Kept): Session {
    const { fields, count, version, createdAtMs, originId } = session;
    const record = { originId, count, version, createdAtMs, ...endsOf(session) };
    return { id, publicId: publicSessionId(id), data: decodeFields(fields), ...record };
  }
  function openUnder(id: string, fields: SessionFields, count: number): Session {
    const now = nowMs();
    const times = { createdAtMs: now, untilMs: now + maxMs, expiresAtMs: now };
    const originId = publicSessionId(id);
    const session: Kept = { fields, count, version: clockVersion(), originId, ended: false, ...times };
    keepAlive(id, session);
    return shown(id, session);
  }
  function apply(id: string, session: Kept, { removed, set }: FieldChanges): void {
    const fields = new Map([...session.fields, ...set]);
    for (const name of removed) fields.delete(name);
    requireBounds(fields.size, bytesOf(fields));
    session.fields = fields;
    session.version = Math.max(session.version + 1, clockVersion());
    keepAlive(id, session);
  }

  const sessions: Sessions = {
    async open(data = {}, { visits = 0 } = {}) {
      forgetExpired();
      const fields = encodeFields(data);
      return openUnder(
        freeId(() => newSessionId(random)),
        fields,
        visits,
      );
    },
    async openAs(id, data = {}, { visits = 0 } = {}) {
      requireSessionId(id);
      const fields = encodeFields(data);
      return unexpired(id) === undefined ? openUnder(id, fields, visits) : undefined;
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
    async set(id, fields, { remove = [] } = {}) {
      const changes = fieldWrites(fields, remove);
      const session = alive(id);
      if (session === undefined) return undefined;
      apply(id, session, changes);
      return shown(id, session);
    },
    patch: async (id, fields, options) => (await sessions.set(id, fields, options)) !== undefined,
    change: (id, edit, options) =>
      changeSession(
        {
          read: () => sessions.find(id),
          async write(expectedVersion, changes): Promise<Written | undefined> {
            const session = alive(id);
            if (session === undefined) return undefined;
            const stored = session.version === expectedVersion;
            if (stored) apply(id, session, changes);
            return { stored, version: session.version, count: session.count, ...endsOf(session) };
          },
        },
        edit,
        options,
      ),
    async rotate(id, { idempotencyToken } = {}) {
      const token = idempotencyToken === undefined ? undefined : requireIdempotencyToken(idempotencyToken);
      const session = alive(id);
      if (session === undefined) {
        const moved = unexpired(id)?.moved;
        return moved?.token === token && moved !== undefined && moved.untilMs > nowMs()
          ? sessions.find(moved.to)
          : undefined;
      }
      const next = freeId(() => neighbourSessionId(random, id));
      const moved = { ...session };
      leaveTombstone(
        id,
        session,
        token === undefined ? undefined : { token, to: next, untilMs: nowMs() + ROTATE_TOKEN_TTL_MS },
      );
      keepAlive(next, moved);
      return shown(next, moved);
    },
    async end(id, options = {}) {
      const asked = requirePrecondition(options);
      const session = alive(id);
      if (session === undefined) return false;
      if (!holds(asked, session.version)) throw conflict(session.version);
      leaveTombstone(id, session);
      return true;
    },
  };
  return sessions;
}
