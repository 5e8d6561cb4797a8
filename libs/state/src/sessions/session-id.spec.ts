import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { bucketOf } from '../keys.ts';
import { isSessionId, neighbourSessionId, newSessionId } from './session-id.ts';

const stuck = (bytes: number): Buffer => Buffer.alloc(bytes, 7);

describe('neighbourSessionId', () => {
  it('is drawn anew, in the bucket of the other', () => {
    const id = newSessionId(randomBytes);
    const neighbours = Array.from({ length: 20 }, () => neighbourSessionId(randomBytes, id));
    expect(new Set([id, ...neighbours]).size).toBe(21);
    for (const each of neighbours) {
      expect(isSessionId(each)).toBe(true);
      expect(bucketOf(each)).toBe(bucketOf(id));
    }
  });

  it('gives up on random bytes that repeat themselves, and never answers the id itself', () => {
    expect(() => neighbourSessionId(stuck, newSessionId(stuck))).toThrow(
      expect.objectContaining({ code: 'state_unavailable' }),
    );
  });
});
