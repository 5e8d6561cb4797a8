import { describe, expect, it } from '@jest/globals';
import { boundedError, cutToBytes, wordsOfThrown } from './words.ts';

describe('cutToBytes', () => {
  it.each(['', 'short', 'ä'.repeat(50), 'x'.repeat(100)])('leaves %j as it is', (text) => {
    expect(cutToBytes(text, 100)).toBe(text);
  });

  it.each(['x'.repeat(101), 'ä'.repeat(51), '€'.repeat(5_000), '😀'.repeat(26)])('cuts a longer one', (text) => {
    const cut = cutToBytes(text, 100);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(100);
    expect(Buffer.byteLength(cut)).toBeGreaterThan(95);
    expect(cut).toMatch(/ … \(cut\)$/);
    expect(cut).not.toContain('\u{fffd}');
    expect(text.startsWith(cut.slice(0, -' … (cut)'.length))).toBe(true);
  });
});

describe('wordsOfThrown', () => {
  it('has all that has room', () => {
    expect(wordsOfThrown('x'.repeat(5_000), 8_192)).toHaveLength(5_000);
    expect(Buffer.byteLength(wordsOfThrown(new Error('x'.repeat(50_000)), 8_192))).toBe(8_192);
  });
});

describe('boundedError', () => {
  it('is the error itself where it is short', () => {
    const error = new RangeError('short');
    expect(boundedError(error, 8_192)).toBe(error);
  });

  it('has a short message and a short stack', () => {
    const cut = boundedError(new RangeError('x'.repeat(100_000)), 8_192);
    expect(cut.name).toBe('RangeError');
    expect(cut.message).toMatch(/^x+ … \(cut\)$/);
    for (const text of [cut.message, cut.stack ?? '']) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8_192);
  });
});
