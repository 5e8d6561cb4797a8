import { describe, expect, it } from '@jest/globals';
import { EventBoundary } from './event-boundary.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

describe('EventBoundary', () => {
  it.each([
    ['', true],
    ['data: 1\n\n', true],
    ['data: 1\r\n\r\n', true],
    ['data: 1\r\r', true],
    [': a comment\n\ndata: 2\n\n', true],
    ['\n', true],
    ['data: 1\n', false],
    ['data: 1\r\n', false],
    ['data: 1\n\nid: 2', false],
    ['data: 1\n\nid: 2\n', false],
  ])('%j ends between two events: %s, in whatever pieces it comes', (text, isBetween) => {
    const whole = new EventBoundary();
    whole.pass(bytes(text), false);
    expect(whole.isBetween).toBe(isBetween);
    const pieces = new EventBoundary();
    for (const byte of bytes(text)) pieces.pass(Buffer.of(byte), false);
    expect(pieces.isBetween).toBe(isBetween);
  });

  it.each([
    ['id: 1\n', 'data: 1\n\ndata: 2\n\n', 'data: 1\n\n'],
    ['data: half', ' an event\n\ndata: 2', ' an event\n\n'],
    ['data: 1\n', '\ndata: 2\n\n', '\n'],
    ['data: 1\r\n\r', '\ndata: 2\n\n', '\n'],
    ['data: ', 'no end yet\n', 'no end yet\n'],
  ])('after %j it stops in %j behind %j', (before, chunk, passed) => {
    const boundary = new EventBoundary();
    boundary.pass(bytes(before), false);
    expect(
      bytes(chunk)
        .subarray(0, boundary.pass(bytes(chunk), true))
        .toString(),
    ).toBe(passed);
  });
});
