import { randomUUID } from 'node:crypto';
import { jsonText } from '@nestfleet/errors';
import { OutboxError } from './errors.ts';
import type { OutboxMessage } from './outbox.ts';
import { messageOf } from './thrown.ts';

const TOPIC_MAX = 128;
const KEY_MAX = 256;
const PAYLOAD_MAX = 1024 * 1024;
/** Of what a `toJSON` throws. */
const WORDS_MAX = 1_000;
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
  let json: string | undefined;
  try {
    json = jsonText(payload);
  } catch (error) {
    throw invalid(`JSON cannot carry its payload: ${messageOf(error, WORDS_MAX)}`, error);
  }
  if (json === undefined) throw invalid('JSON cannot carry its payload: it is undefined');
  return json;
}
