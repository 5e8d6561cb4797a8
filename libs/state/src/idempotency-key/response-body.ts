import { isUtf8 } from 'node:buffer';
import type { StoredResponse } from '../idempotency/idempotency.ts';

/** Ours, never sent: how the body is written, where it is no text. */
const ENCODING = 'nestfleet-body';

/** withBody has any body in a stored response, text as it is. */
export function withBody(response: Omit<StoredResponse, 'body'>, body: Buffer): StoredResponse {
  if (isUtf8(body)) return { ...response, body: body.toString('utf8') };
  return { ...response, headers: { ...response.headers, [ENCODING]: 'base64' }, body: body.toString('base64') };
}

/** bodyOf is that body again, and the headers that are sent. */
export function bodyOf({ headers, body }: StoredResponse): {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
} {
  const { [ENCODING]: encoding, ...sent } = headers;
  return { headers: sent, body: Buffer.from(body, encoding === 'base64' ? 'base64' : 'utf8') };
}
