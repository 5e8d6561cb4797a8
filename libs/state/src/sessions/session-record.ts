import { type SessionFields, decodeFields } from './session-fields.ts';
import { publicSessionId } from './session-id.ts';
import type { Session } from './sessions.ts';

/** Keeps the fields of the data apart from those of the record. */
export const DATA = 'd:';

/** Data as a script takes it: field, value, field, value … */
export const pairsOf = (fields: SessionFields | Iterable<readonly [string, string]>): string[] =>
  [...fields].flatMap(([name, text]) => [DATA + name, text]);

/** The reply of a script that answers a whole session. */
export type RecordReply = readonly [ttlMs: number, endsInMs: number, ...flat: string[]];

export function sessionOf(id: string, [ttlMs, endsInMs, ...flat]: RecordReply): Session {
  const record = new Map<string, string>();
  const data = new Map<string, string>();
  for (let at = 0; at < flat.length; at += 2) {
    const [field = '', text = ''] = flat.slice(at, at + 2);
    if (field.startsWith(DATA)) data.set(field.slice(DATA.length), text);
    else record.set(field, text);
  }
  const publicId = publicSessionId(id);
  return {
    id,
    publicId,
    originId: record.get('origin') ?? publicId,
    data: decodeFields(data),
    count: Number(record.get('count')),
    version: Number(record.get('version')),
    createdAtMs: Number(record.get('created')),
    ttlMs,
    endsInMs,
  };
}
