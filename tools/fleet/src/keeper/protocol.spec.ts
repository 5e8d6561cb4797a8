import { describe, expect, it } from '@jest/globals';
import { keeperPlace } from './place.ts';
import { lineReader, readReply, readRequest } from './protocol.ts';

describe('lineReader', () => {
  it('puts lines together from pieces', () => {
    const lines: string[] = [];
    const read = lineReader((line) => lines.push(line));
    for (const piece of ['{"a"', ':1}\n{"b":2}\n{', '}\n']) read(piece);
    expect(lines).toEqual(['{"a":1}', '{"b":2}', '{}']);
  });

  it('keeps no more than its bound of a line without end', () => {
    const lines: string[] = [];
    const read = lineReader((line) => lines.push(line), 8);
    for (let piece = 0; piece < 100; piece += 1) read('x'.repeat(10));
    read('\n');
    expect(lines.map((line) => line.length)).toEqual([8]);
  });
});

describe('messages', () => {
  it('are taken by their known fields', () => {
    expect(readRequest('{"redis":"/bin/redis-server","more":1}')).toEqual({ redis: '/bin/redis-server' });
    expect(readReply('{}')).toEqual({});
  });

  it.each(['7', 'null', '{"redis":7}', 'no json'])('are refused when they are %s', (line) => {
    expect(() => readRequest(line)).toThrow(/no object|not an object|no text|JSON/);
  });
});

describe('keeperPlace', () => {
  it('gives each folder a socket of its own, the same each time', () => {
    expect(keeperPlace('/a/.stack/dev').socket).toBe(keeperPlace('/a/.stack/dev').socket);
    expect(keeperPlace('/a/.stack/dev').socket).not.toBe(keeperPlace('/b/.stack/dev').socket);
  });

  it('keeps the socket path short enough for the kernel, however long the folders are', () => {
    const { socket, card } = keeperPlace(`/${'deep/'.repeat(60)}`, `/${'tmp/'.repeat(40)}`);
    expect(socket.length).toBeLessThanOrEqual(100);
    expect(card.length).toBeGreaterThan(200);
  });
});
