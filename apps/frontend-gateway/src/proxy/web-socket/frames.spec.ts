import { describe, expect, it } from '@jest/globals';
import { FrameBoundary, goingAway } from './frames.ts';

const bytes = (count: number): number[] => Array.from({ length: count }, (_, at) => (at * 37) & 0xff);
const short = [0x81, 3, 1, 2, 3];
const masked = [0x81, 0x83, 9, 9, 9, 9, 1, 2, 3];
const long = [0x82, 126, 0x01, 0x00, ...bytes(256)];
const longer = [0x82, 0xff, 0, 0, 0, 0, 0, 1, 0x11, 0x70, 1, 2, 3, 4, ...bytes(70_000)];
const empty = [0x89, 0];
const close = [...goingAway()];

describe('FrameBoundary', () => {
  it.each([
    ['nothing', [], true],
    ['a short frame', short, true],
    ['a masked one', masked, true],
    ['a length of 16 bits', long, true],
    ['a length of 64 bits, masked', longer, true],
    ['no payload', empty, true],
    ['several', [...short, ...long, ...masked, ...empty], true],
    ['half a head', [0x81], false],
    ['half a length', [0x82, 126, 1], false],
    ['half a mask', [0x81, 0x80, 9, 9], false],
    ['half a payload', short.slice(0, 4), false],
    ['the next one begun', [...long, 0x81], false],
  ])('knows after %s whether a frame is under way, in whatever pieces it comes', (_name, sent, isBetween) => {
    const whole = new FrameBoundary();
    expect(whole.pass(Uint8Array.from(sent), false)).toBe(sent.length);
    expect(whole.isBetween).toBe(isBetween);
    const pieces = new FrameBoundary();
    for (const byte of sent) pieces.pass(Uint8Array.of(byte), false);
    expect(pieces.isBetween).toBe(isBetween);
    expect(pieces.hasClosed).toBe(false);
  });

  it('makes nothing for a frame, of which 64 KiB may hold 32,768', () => {
    const chunk = Uint8Array.from({ length: 65_536 }, (_, at) => (at % 2 === 0 ? 0x89 : 0));
    const boundary = new FrameBoundary();
    const grown = Array.from({ length: 9 }, () => {
      const before = process.memoryUsage().heapUsed;
      boundary.pass(chunk, false);
      return process.memoryUsage().heapUsed - before;
    });
    // Not the mean: one of them may see what a garbage collection has freed.
    const median = grown.toSorted((a, b) => a - b)[4]!;
    expect(median / 32_768).toBeLessThan(8);
  });

  it('stops behind the frame that is passing', () => {
    const boundary = new FrameBoundary();
    boundary.pass(Uint8Array.from(short.slice(0, 3)), false);
    expect(boundary.pass(Uint8Array.from([...short.slice(3), ...short]), true)).toBe(2);
    expect(boundary.isBetween).toBe(true);
  });

  it('sees that the connection was closed', () => {
    const boundary = new FrameBoundary();
    boundary.pass(Uint8Array.from([...short, ...close]), false);
    expect(boundary.hasClosed).toBe(true);
  });
});

describe('goingAway', () => {
  it('is a close frame with 1001', () => expect([...goingAway()]).toEqual([0x88, 2, 0x03, 0xe9]));
  it('is masked towards a server', () =>
    expect([...goingAway(Uint8Array.of(1, 2, 3, 4))]).toEqual([0x88, 0x82, 1, 2, 3, 4, 0x02, 0xeb]));
});
