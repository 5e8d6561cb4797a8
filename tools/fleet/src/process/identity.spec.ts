import { describe, expect, it } from '@jest/globals';
import { isRunning, parseStartTime, startTime } from './identity.ts';

const systemStat = 'cpu  1 2 3\nbtime 1700000000\nprocesses 9\n';
const stat = (state: string, ticks: number) =>
  `42 (a ) odd) name) ${state} 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 11 0 ${ticks} 1 2 3`;

describe('parseStartTime', () => {
  it('reads ticks since boot, after a command that holds brackets and blanks', () => {
    expect(parseStartTime(stat('S', 12_345), systemStat)).toBe(1_700_000_123_450);
  });

  it('takes a zombie for gone', () => {
    expect(parseStartTime(stat('Z', 12_345), systemStat)).toBeUndefined();
  });

  it('does not guess', () => {
    expect(parseStartTime('nonsense', systemStat)).toBeUndefined();
    expect(parseStartTime(stat('S', 1), 'no boot time')).toBeUndefined();
  });
});

describe('a process', () => {
  it('is itself, and not another one with its pid', () => {
    const startedAtMs = startTime(process.pid) ?? 0;
    expect(Math.abs(startedAtMs - (Date.now() - process.uptime() * 1_000))).toBeLessThan(3_000);
    expect(isRunning({ pid: process.pid, startedAtMs })).toBe(true);
    expect(isRunning({ pid: process.pid, startedAtMs: startedAtMs - 60_000 })).toBe(false);
  });
});
