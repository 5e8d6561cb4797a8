import { hash, timingSafeEqual } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** Base64 of a digest ends with one `=`, which has a meaning of its own in cookies. */
const SIGNATURE_LENGTH = 43;

/** A key as HMAC mixes it into its two digests, with room for the digest of the first in the second. */
interface SigningKey {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

function signingKey(text: string): SigningKey {
  const bytes = Buffer.from(text);
  const block = Buffer.alloc(BLOCK_BYTES);
  (bytes.length > BLOCK_BYTES ? hash('sha256', bytes, 'buffer') : bytes).copy(block);
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
  block.forEach((byte, at) => (outer[at] = byte ^ OUTER_PAD));
  return { inner: Buffer.from(block.map((byte) => byte ^ INNER_PAD)), outer };
}

/**
 * HMAC-SHA256 as RFC 2104 has it. `createHmac` answers the same and makes an object with memory outside of the heap for each
 * call, which costs more than both digests do.
 */
function signatureOf(value: string, { inner, outer }: SigningKey): string {
  const message = Buffer.allocUnsafe(BLOCK_BYTES + Buffer.byteLength(value));
  inner.copy(message);
  message.write(value, BLOCK_BYTES);
  outer.write(hash('sha256', message, 'binary'), BLOCK_BYTES, 'binary');
  return hash('sha256', outer, 'base64').slice(0, SIGNATURE_LENGTH);
}

type Unsigned =
  | { readonly valid: true; /** Signed by an older key. */ readonly renew: boolean; readonly value: string }
  | { readonly valid: false; readonly renew: false; readonly value: null };

const INVALID: Unsigned = { valid: false, renew: false, value: null };

/**
 * `<value>.<signature>`, letter by letter as `@fastify/cookie` makes it by itself.
 * @param keys the first signs, all verify
 */
export function cookieSigner(keys: readonly string[]) {
  const signing = keys.map(signingKey);
  const [first] = signing;
  if (first === undefined) throw new Error('no key to sign cookies with');
  return {
    sign: (value: string): string => `${value}.${signatureOf(value, first)}`,
    unsign(signed: string): Unsigned {
      const dot = signed.lastIndexOf('.');
      const given = Buffer.from(signed.slice(dot + 1));
      if (dot === -1 || given.length !== SIGNATURE_LENGTH) return INVALID;
      const value = signed.slice(0, dot);
      const by = signing.findIndex((key) => timingSafeEqual(Buffer.from(signatureOf(value, key)), given));
      return by === -1 ? INVALID : { valid: true, renew: by > 0, value };
    },
  };
}
