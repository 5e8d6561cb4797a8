import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { services } from '@nestfleet/contracts';
import { readCompose } from './compose-file.ts';
import { CLOSE_MS, DRAIN_DELAY_MS, durationMs, graceFindings } from './grace.ts';
import { KEEP_ALIVE_MS } from './traefik-environment.ts';

/** Numbers of a source file by their names, as in `CLOSE_MS = 3_000` and `'traefik-consul': 3_000`. */
function numbersIn(file: string): Map<string, number> {
  const text = readFileSync(`${import.meta.dirname}/../../../../libs/service/src/${file}`, 'utf8');
  return new Map(
    [...text.matchAll(/([\w-]+)'?(?:: | = )([\d_]+)[,;]/g)].map(([, name, number]) => [
      name ?? '',
      Number(number?.replaceAll('_', '')),
    ]),
  );
}

// Read as text, because the lib is Nest's and nothing that Node runs as it is may import it.
describe('the times of a service, as the rule knows them', () => {
  const timeouts = numbersIn('shutdown/timeouts.ts');

  it.each(Object.entries(DRAIN_DELAY_MS))('drain delay behind %s is %i ms', (balancer, drainDelayMs) => {
    expect(timeouts.get(balancer)).toBe(drainDelayMs);
  });

  it('closing and keep-alive', () => {
    expect(timeouts.get('CLOSE_MS')).toBe(CLOSE_MS);
    expect(numbersIn('http/adapter.ts').get('KEEP_ALIVE_MS')).toBe(KEEP_ALIVE_MS);
  });

  it('are all that the hard deadline is the sum of', () => {
    const text = readFileSync(`${import.meta.dirname}/../../../../libs/service/src/shutdown/timeouts.ts`, 'utf8');
    expect(text).toContain('hardMs: drainDelayMs + parts.inFlightMs + parts.finishMs + CLOSE_MS');
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

describe('graceFindings', () => {
  const rows = [{ ...services.api, name: 'api', shutdown: { inFlightMs: 9_000, finishMs: 1_000 } }];
  const faults = (service: string): string[] => {
    const compose = readCompose(() => `services: { api: { ${service} } }`, ['x.yaml']);
    return graceFindings({ balancer: 'haproxy', files: ['x.yaml'], compose }, rows).map(({ message }) => message);
  };

  it.each([
    ['environment: { BALANCER: haproxy, STOP_GRACE_MS: 21000 }, stop_grace_period: 21s', []],
    [
      'environment: { BALANCER: haproxy, STOP_GRACE_MS: 20000 }, stop_grace_period: 20s',
      [/^api has stop_grace_period 20000 ms.* 21000 ms/],
    ],
    ['environment: { BALANCER: haproxy, STOP_GRACE_MS: 10000 }', [/^api has stop_grace_period 10000 ms/]],
    [
      'environment: { BALANCER: haproxy, STOP_GRACE_MS: 21000 }, stop_grace_period: 22s',
      [/^api has STOP_GRACE_MS 21000, its stop_grace_period is 22000 ms/],
    ],
    ['environment: { BALANCER: haproxy }, stop_grace_period: 21s', [/^api has STOP_GRACE_MS not set/]],
    [
      'environment: { STOP_GRACE_MS: 60000 }, stop_grace_period: 1m',
      [/^api has BALANCER not set, its balancer is haproxy/],
    ],
    ['x-not-hardened: { BALANCER: why, stop_grace_period: why }', []],
  ])('%s: %j', (service, expected) => {
    expect(faults(service)).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });
});
