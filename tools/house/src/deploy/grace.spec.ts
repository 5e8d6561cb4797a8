import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CLOSE_MS, durationMs, NOTICE_MS } from './grace.ts';
import { KEEP_ALIVE_MS } from './traefik-environment.ts';

/** Numbers of a source file by their names, as in `CLOSE_MS = 3_000` and `'traefik-consul': 3_000`. */
function numbersIn(file: string): Map<string, number> {
  const text = readFileSync(`${import.meta.dirname}/../../../../libs/service-defaults/src/${file}`, 'utf8');
  return new Map(
    [...text.matchAll(/([\w-]+)'?(?:: | = )([\d_]+)[,;]/g)].map(([, name, number]) => [
      name ?? '',
      Number(number?.replaceAll('_', '')),
    ]),
  );
}

// Read as text, because the lib is Nest's and nothing that Node runs as it is may import it.
describe('the times of a service, as the wall knows them', () => {
  const sums = numbersIn('leaving/sums.ts');

  it.each(Object.entries(NOTICE_MS))('notice behind %s is %i ms', (door, noticeMs) => {
    expect(sums.get(door)).toBe(noticeMs);
  });

  it('closing and keep-alive', () => {
    expect(sums.get('CLOSE_MS')).toBe(CLOSE_MS);
    expect(numbersIn('http/adapter.ts').get('KEEP_ALIVE_MS')).toBe(KEEP_ALIVE_MS);
  });

  it('are all that the sums add up', () => {
    const text = readFileSync(`${import.meta.dirname}/../../../../libs/service-defaults/src/leaving/sums.ts`, 'utf8');
    expect(text).toContain('hardMs: noticeMs + parts.inFlightMs + parts.finishMs + CLOSE_MS');
  });
});

describe('durationMs', () => {
  it.each([
    ['21s', 21_000],
    ['1m30s', 90_000],
    ['800ms', 800],
    ['1h', 3_600_000],
    ['1.5s', 1_500],
  ])('%s is %i ms', (text, ms) => expect(durationMs(text)).toBe(ms));

  it.each(['', '21', 's', '1s 2', '${GRACE:-3s}'])('"%s" is none', (text) =>
    expect(() => durationMs(text)).toThrow('is no duration'),
  );
});
