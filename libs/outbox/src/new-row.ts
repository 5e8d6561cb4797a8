import { randomUUID } from 'node:crypto';
import { OutboxError } from './errors.ts';
import type { OutboxMessage } from './outbox.ts';

const TOPIC_MAX = 128;
const KEY_MAX = 256;
const PAYLOAD_MAX = 1024 * 1024;
const ID = /^[A-Za-z0-9_-]{1,90}$/;
const TABLE = /^[a-z_][a-z0-9_]{0,40}$/;

/** NewRow is a message that can be kept. */
export interface NewRow {
  readonly id: string;
  readonly topic: string;
  readonly key: string | null;
  /** JSON. */
  readonly payload: string;
}

/** newRow checks a message before anything is written. Throws OutboxError `invalid_message`. */
export function newRow({ topic, payload, key, id = randomUUID() }: OutboxMessage): NewRow {
  if (!isText(topic, TOPIC_MAX)) throw invalid(`a topic has 1 to ${TOPIC_MAX} characters, none of them NUL`);
  if (key !== undefined && !isText(key, KEY_MAX))
    throw invalid(`a key has 1 to ${KEY_MAX} characters, none of them NUL`);
  if (!ID.test(id)) throw invalid(`an id must match ${ID.source}`);
  const json = jsonOf(payload);
  if (json.length > PAYLOAD_MAX) throw invalid(`a payload has at most ${PAYLOAD_MAX} characters as JSON`);
  return { id, topic, key: key ?? null, payload: json };
}

/** tableName checks what is put into SQL as it is. Throws TypeError. */
export function tableName(name: string): string {
  if (!TABLE.test(name)) throw new TypeError(`The name of an outbox table must match ${TABLE.source}, is "${name}"`);
  return name;
}

const invalid = (why: string, cause?: unknown): OutboxError =>
  new OutboxError('invalid_message', `The message is not valid: ${why}`, { cause });

const isText = (text: string, max: number): boolean =>
  text.length > 0 && text.length <= max && text.isWellFormed() && !text.includes('\0');

function jsonOf(payload: unknown): string {
  try {
    // Undefined for what JSON has no word for, whatever the types say.
    const json = JSON.stringify(payload) as string | undefined;
    if (json !== undefined) return json;
  } catch (error) {
    throw invalid('JSON cannot carry its payload', error);
  }
  throw invalid('JSON cannot carry its payload');
}
