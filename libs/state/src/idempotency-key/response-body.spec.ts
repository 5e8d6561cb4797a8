import { describe, expect, it } from '@jest/globals';
import { bodyOf, withBody } from './response-body.ts';

const head = { status: 200, headers: { 'content-type': 'x/y' } };

describe('a body of a stored response', () => {
  it.each([
    ['none', Buffer.alloc(0)],
    ['text', Buffer.from('{"a":"grüße 👋"}')],
    ['text with a byte order mark', Buffer.from('\ufeffa')],
    ['bytes that are no text', Buffer.from([0, 255, 254, 10, 13])],
    ['half a character', Buffer.from('👋').subarray(0, 2)],
  ])('that is %s is the same again, and nothing more is sent', (_what, body) => {
    const sent = bodyOf(withBody(head, body));
    expect(sent.body.equals(body)).toBe(true);
    expect(sent.headers).toEqual(head.headers);
  });

  it('is stored as it is where it is text', () => {
    expect(withBody(head, Buffer.from('ä'))).toEqual({ ...head, body: 'ä' });
  });
});
