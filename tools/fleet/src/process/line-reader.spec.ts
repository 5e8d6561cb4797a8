import { describe, expect, it } from '@jest/globals';
import { lineReader } from './line-reader.ts';

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
