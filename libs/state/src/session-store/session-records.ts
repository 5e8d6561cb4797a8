import { decodeFields } from '../sessions/session-fields.ts';
import type { Session, SessionData, Sessions, SessionValue } from '../sessions/sessions.ts';
import { type MergeField, mergeFields, namesOf } from './merge.ts';
import {
  changesBetween,
  type Changes,
  type FieldTexts,
  fieldTextsOf,
  markSaved,
  readOf,
  storedSessionId,
  textOf,
  withRead,
} from './read-fields.ts';

export interface SessionStoreOptions {
  /**
   * By the name of a field: what it becomes when it was changed. Without a rule the last request wins that field, and
   * only that field.
   */
  readonly merge?: Readonly<Record<string, MergeField>>;
}

/** SessionRecords keeps session objects of a session library as sessions of the state. */
export class SessionRecords {
  private readonly sessions: Sessions;
  private readonly rules: ReadonlyMap<string, MergeField>;
  /** The last merge of each session in this process. */
  private readonly merging = new Map<string, Promise<unknown>>();
  private hasWarned = false;

  constructor(sessions: Sessions, { merge = {} }: SessionStoreOptions = {}) {
    this.sessions = sessions;
    this.rules = new Map(Object.entries(merge));
  }

  /** Undefined where there is none, and where its cookie has expired. */
  async load(sessionId: string): Promise<object | undefined> {
    const found = await this.sessions.find(storedSessionId(sessionId));
    return found === undefined || hasExpired(found.data['cookie']) ? undefined : withRead(found.data);
  }

  /**
   * Stores what the request changed. A session that has ended since it was read stays so, and what the request changed
   * goes with it.
   */
  async save(sessionId: string, session: object): Promise<void> {
    const id = storedSessionId(sessionId);
    const texts = fieldTextsOf(session);
    const read = readOf(session);
    if (read === undefined) await this.open(id, decodeFields(texts));
    else await this.change(id, changesBetween(read.texts, texts), read);
    markSaved(session, texts);
  }

  /** Keeps it alive, its cookie too. */
  async touch(sessionId: string, session: object): Promise<void> {
    const read = readOf(session);
    if (read?.isFresh === true) return;
    const cookie = textOf(session, 'cookie');
    const id = storedSessionId(sessionId);
    const isSame = cookie === undefined || cookie === read?.texts.get('cookie');
    await (isSame ? this.sessions.touch(id) : this.sessions.patch(id, decodeFields(new Map([['cookie', cookie]]))));
  }

  async end(sessionId: string): Promise<void> {
    await this.sessions.end(storedSessionId(sessionId));
  }

  private async open(id: string, fields: SessionData): Promise<void> {
    const opened = await this.sessions.openAs(id, fields);
    // Of an attempt whose answer was lost, or ended: then nothing is set.
    if (opened === undefined) await this.sessions.patch(id, fields);
    else this.warnOfLifetime(opened, fields['cookie']);
  }

  private async change(id: string, changes: Changes, read: { texts: FieldTexts; isFresh: boolean }): Promise<void> {
    const changed = namesOf(changes);
    if (changed.length === 0) {
      if (!read.isFresh) await this.sessions.touch(id);
    } else if (changed.some((name) => this.rules.has(name))) {
      const edit = (stored: SessionData) => mergeFields(stored, changes, read.texts, this.rules);
      await this.inTurn(id, () => this.sessions.change(id, edit));
    } else {
      await this.sessions.patch(id, changes.set, { remove: changes.remove });
    }
  }

  /** One after the other in this process, so that compare-and-set races with other replicas alone. */
  private async inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.merging.get(id);
    const mine = before === undefined ? work() : before.then(work, work);
    this.merging.set(id, mine);
    try {
      return await mine;
    } finally {
      if (this.merging.get(id) === mine) this.merging.delete(id);
    }
  }

  private warnOfLifetime({ ttlMs, endsInMs }: Session, cookie: SessionValue | undefined): void {
    const maxAgeMs = numberOf(cookie, 'originalMaxAge');
    const livesMs = Math.min(ttlMs, endsInMs);
    if (this.hasWarned || maxAgeMs === undefined || maxAgeMs <= livesMs) return;
    this.hasWarned = true;
    process.emitWarning(
      `a cookie of ${maxAgeMs} ms belongs to a session that may end after ${livesMs} ms: give openState sessionTtlMs and sessionMaxMs`,
      { code: 'NESTFLEET_SESSION_LIFETIME' },
    );
  }
}

/** By the clock of this replica, as the library wrote it by that of another one. */
function hasExpired(cookie: SessionValue | undefined): boolean {
  const expires = fieldOf(cookie, 'expires');
  return typeof expires === 'string' && Date.parse(expires) <= Date.now();
}

function numberOf(cookie: SessionValue | undefined, name: string): number | undefined {
  const value = fieldOf(cookie, name);
  return typeof value === 'number' ? value : undefined;
}

function fieldOf(cookie: SessionValue | undefined, name: string): unknown {
  return typeof cookie === 'object' && cookie !== null ? Reflect.get(cookie, name) : undefined;
}
