import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * OpsToken checks whether the request carries the fleet's token. Digests have one length, so the comparison leaks nothing.
 */
export class OpsToken {
  private readonly expected: Buffer;

  constructor(token: string) {
    this.expected = digest(token);
  }

  /** The name of the scheme is in any case (RFC 9110 section 11.1). */
  isIn(authorization: string | undefined): boolean {
    const token = /^Bearer +(.+)$/i.exec(authorization ?? '')?.[1];
    return token !== undefined && timingSafeEqual(digest(token), this.expected);
  }
}
