import { createHash } from 'node:crypto';
import { messageOf } from '@nestfleet/contracts';
import { JobsError } from './errors.ts';

const TOKEN_LENGTH_MAX = 128;
/** Nobody finds two that are alike. */
const HASH_BYTES = 16;
/** Only its caller could make two payloads alike, and would be told that the second one is there. */
const FINGERPRINT_BYTES = 12;

/** TokenRecord is what is remembered of an enqueue with an idempotency token: under which name, and of which payload. */
export interface TokenRecord {
  readonly tokenHash: string;
  readonly fingerprint: string;
}

const shortHash = (text: string, bytes: number): string =>
  createHash('sha256').update(text).digest().subarray(0, bytes).toString('base64url');

/** Throws JobsError `invalid_idempotency_token`, and `invalid_payload` for what has no text to compare, such as a cycle. */
export function tokenRecord(token: string, payload: unknown): TokenRecord {
  if (token.length < 1 || token.length > TOKEN_LENGTH_MAX)
    throw new JobsError(
      'invalid_idempotency_token',
      `An idempotency token has 1 to ${TOKEN_LENGTH_MAX} characters, not ${token.length}`,
    );
  return {
    tokenHash: shortHash(token, HASH_BYTES),
    fingerprint: shortHash(textOf(payload), FINGERPRINT_BYTES),
  };
}

/** What the caller gave, which the schema may make something else of, at another time something different. */
function textOf(payload: unknown): string {
  try {
    return JSON.stringify(payload, inOrder) ?? '';
  } catch (error) {
    const detail = `Payload cannot be compared, as an idempotency token needs: ${messageOf(error)}`;
    throw new JobsError('invalid_payload', detail, { cause: error });
  }
}

/** The same text for payloads that differ in the order of their fields only. A schema may take what JSON has no way to write. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
