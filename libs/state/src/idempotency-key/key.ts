const KEY_LENGTH_MAX = 255;
const keyPattern = /^[\x21-\x7e]+$/;
/** A string as the header's draft writes it (RFC 9651 section 3.3.3). */
const quotedPattern = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** As `crypto.randomUUID()` makes it: 122 random bits. */
const randomUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** KEY_RULE is what the header must be. */
export const KEY_RULE = `is 1 to ${KEY_LENGTH_MAX} visible ASCII characters, or such a string in quotes`;

/**
 * keyOf is the key in an `Idempotency-Key` header in one spelling: in quotes or not, a UUID in any case (RFC 9562 section 4).
 * Undefined for what is no key, which is refused: a retry would else be done twice.
 */
export function keyOf(header: unknown): string | undefined {
  const key = typeof header === 'string' ? textOf(header) : '';
  if (key.length < 1 || key.length > KEY_LENGTH_MAX) return undefined;
  return randomUuid.test(key) ? key.toLowerCase() : key;
}

/** Empty for what is no key. */
function textOf(header: string): string {
  if (!header.startsWith('"')) return keyPattern.test(header) ? header : '';
  return quotedPattern.exec(header)?.[1]?.replace(/\\(.)/g, '$1') ?? '';
}

/**
 * isSecretKey is whether nobody but who made the key can know it. Others may choose the same key where it is a plain word, so
 * what only its owner may have is never given for such a key alone.
 */
export const isSecretKey = (key: string): boolean => randomUuid.test(key);
