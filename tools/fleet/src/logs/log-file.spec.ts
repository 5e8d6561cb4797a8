import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, closeSync, mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boundLogs, logNames, openLog, readFrom, tailOf } from './log-file.ts';

let dir = '';
let log = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nestfleet-logs-'));
  log = join(dir, 'api-1.log');
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('a log', () => {
  it('goes on where it was for a new writer, and begins anew when it is long', () => {
    writeFileSync(log, 'one\n');
    const short = openLog(log, 100);
    expect(short.offset).toBe(4);
    closeSync(short.fd);
    const long = openLog(log, 4);
    expect(long.offset).toBe(0);
    closeSync(long.fd);
    expect(readFileSync(`${log}.1`, 'utf8')).toBe('one\n');
  });

  it('is cut under its writer, who goes on at the new end', () => {
    const { fd } = openLog(log);
    writeSync(fd, 'a long line\n');
    expect(boundLogs(dir, 5)).toEqual(['api-1.log']);
    writeSync(fd, 'next\n');
    closeSync(fd);
    expect(readFileSync(log, 'utf8')).toBe('next\n');
    expect(readFileSync(`${log}.1`, 'utf8')).toBe('a long line\n');
    expect(boundLogs(dir, 100)).toEqual([]);
  });

  it('is read on from an offset, and from the beginning after a cut', () => {
    writeFileSync(log, 'one\n');
    expect(readFrom(log, 0)).toEqual({ text: 'one\n', offset: 4 });
    appendFileSync(log, 'two\n');
    expect(readFrom(log, 4)).toEqual({ text: 'two\n', offset: 8 });
    writeFileSync(log, 'x\n');
    expect(readFrom(log, 8)).toEqual({ text: 'x\n', offset: 2 });
    expect(readFrom(join(dir, 'none.log'), 8)).toEqual({ text: '', offset: 0 });
  });

  it('shows its last lines, of one run only when asked', () => {
    writeFileSync(log, 'one\n\ntwo\nthree\n');
    expect(tailOf(log, 2)).toEqual(['two', 'three']);
    expect(tailOf(log, 9, 5)).toEqual(['two', 'three']);
    expect(tailOf(join(dir, 'none.log'), 9)).toEqual([]);
  });

  it('is named after its process', () => {
    for (const name of ['api-10', 'api-2', 'redis']) writeFileSync(join(dir, `${name}.log`), '');
    writeFileSync(join(dir, 'redis.log.1'), '');
    expect(logNames(dir)).toEqual(['api-2', 'api-10', 'redis']);
  });
});
