import { describe, expect, it } from '@jest/globals';
import { isoTime, linesOfATurn } from './log-lines.ts';

function held() {
  const written: string[] = [];
  const scheduled: (() => void)[] = [];
  const lines = linesOfATurn({ write: (text) => written.push(text) }, (work) => scheduled.push(work));
  return { written, lines, endTurn: () => scheduled.splice(0).forEach((work) => work()), scheduled };
}

describe('linesOfATurn', () => {
  it('writes the lines of a turn together, in order, at its end', () => {
    const { written, lines, endTurn, scheduled } = held();
    for (const line of ['a\n', 'b\n']) lines.write(line);
    expect([written, scheduled.length]).toEqual([[], 1]);
    endTurn();
    lines.write('c\n');
    endTurn();
    expect(written).toEqual(['a\nb\n', 'c\n']);
  });

  it('writes at once what a fatal line or the end of the process asks for, and nothing twice', () => {
    const { written, lines, endTurn } = held();
    lines.write('a\n');
    lines.flushSync();
    expect(written).toEqual(['a\n']);
    endTurn();
    lines.flushSync();
    expect(written).toEqual(['a\n']);
  });

  it('holds no more than 64 Ki characters', () => {
    const { written, lines, endTurn } = held();
    const line = `${'x'.repeat(40_000)}\n`;
    lines.write(line);
    lines.write(line);
    expect(written).toEqual([line + line]);
    lines.write('a\n');
    endTurn();
    expect(written.at(-1)).toBe('a\n');
  });

  it('hands on what the sink throws, and goes on after it', () => {
    let broken = true;
    const written: string[] = [];
    const lines = linesOfATurn({
      write(text) {
        if (broken) throw new Error('EPIPE');
        written.push(text);
      },
    });
    lines.write('a\n');
    expect(() => lines.flushSync()).toThrow('EPIPE');
    broken = false;
    lines.write('b\n');
    lines.flushSync();
    expect(written).toEqual(['b\n']);
  });
});

describe('isoTime', () => {
  it.each([0, 0, 1_700_000_000_000, 1_700_000_000_001, 5])('is the part of a line for %d', (nowMs) => {
    expect(isoTime(nowMs)).toBe(`,"time":"${new Date(nowMs).toISOString()}"`);
  });
});
