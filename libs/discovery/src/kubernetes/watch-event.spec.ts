import { describe, expect, it } from '@jest/globals';
import { createWatchParser } from './watch-event.ts';

const line = (type: string, version: string): string =>
  `${JSON.stringify({ type, object: { metadata: { name: 'größe', resourceVersion: version } } })}\n`;
const TEXT = line('ADDED', '1') + line('BOOKMARK', '2') + line('DELETED', '3');

describe('createWatchParser', () => {
  it('gives each event once its line is whole, wherever the parts end', () => {
    for (let size = 1; size <= TEXT.length; size += 1) {
      const parser = createWatchParser();
      const parts = Array.from({ length: Math.ceil(TEXT.length / size) }, (_, n) =>
        TEXT.slice(n * size, (n + 1) * size),
      );
      const events = parts.flatMap((part) => parser.push(part));
      parser.end();
      expect(events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK', 'DELETED']);
    }
  });

  it('gives as many at once as came at once', () => {
    expect(createWatchParser().push(TEXT)).toHaveLength(3);
  });

  it.each([
    ['no JSON', '{"type":"ADDED",\n'],
    ['no event', '"ADDED"\n'],
    ['nothing', 'null\n'],
    ['an unknown type', line('RENAMED', '1')],
    ['no version', '{"type":"ADDED","object":{"metadata":{}}}\n'],
    ['no object', '{"type":"BOOKMARK"}\n'],
  ])('refuses a line with %s', (_, text) => {
    expect(() => createWatchParser().push(text)).toThrow(/JSON|no event of a watch/);
  });

  it('takes an error without a version, and no notice of an empty line', () => {
    const error = { type: 'ERROR', object: { kind: 'Status', code: 410 } };
    expect(createWatchParser().push(`\n${JSON.stringify(error)}\n\n`)).toEqual([error]);
  });

  it('refuses a line longer than the bound, before it has ended too', () => {
    const parser = createWatchParser(100);
    expect(parser.push('x'.repeat(100))).toEqual([]);
    expect(() => parser.push('x')).toThrow(/more than 100 characters/);
    expect(() => createWatchParser(10).push(line('ADDED', '1'))).toThrow(/more than 10 characters/);
  });

  it('refuses an end within an event', () => {
    const parser = createWatchParser();
    parser.push(TEXT.slice(0, -2));
    expect(() => parser.end()).toThrow(/ended within an event/);
  });
});
