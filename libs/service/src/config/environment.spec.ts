import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { baseConfig } from './base-config.ts';
import { commaList } from './comma-list.ts';
import { ConfigError, describeEnvironment, loadConfig } from './environment.ts';

const KEY = 'sample-key-that-everybody-knows-0001';
const shape = {
  ...baseConfig({ httpPort: 3000 }),
  KEYS: z
    .string()
    .transform(commaList)
    .pipe(z.array(z.string().min(32)))
    .meta({ description: 'Signing keys', secret: true, sample: KEY }),
};

const faultsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    loadConfig(shape, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

describe('loadConfig', () => {
  it('gives defaults and parsed types', () => {
    const config = loadConfig(shape, { PORT: '0', CONSUL_HTTP_ADDR: 'a:1, b:2', BALANCER: 'haproxy,gateway' });
    expect(config.PORT).toBe(0);
    expect(config.CONSUL_HTTP_ADDR).toEqual(['a:1', 'b:2']);
    expect(config.BALANCER).toEqual(['haproxy', 'gateway']);
    expect(config.KEYS).toEqual([KEY]);
    expect(config.NAMESPACE).toBe('nf');
  });

  it('reports all faults together', () => {
    const faults = faultsOf({ PORT: 'x', LOG_LEVEL: 'loud', REDIS_URL: 'http://nowhere' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['PORT', 'REDIS_URL', 'LOG_LEVEL']);
  });

  it('says in words for people what fits, and what was given', () => {
    expect(
      faultsOf({
        PORT: '3e3',
        NODE_ENV: 'prod',
        HOST: 'h',
        SERVICE_WEIGHT: '0',
        CONTROL_TOKEN: 'short',
        BALANCER: ',',
      }),
    ).toEqual([
      'NODE_ENV: is one of development, test, production (given: "prod")',
      'PORT: is a whole number from 0 to 65535, in decimal digits only (given: "3e3")',
      'CONTROL_TOKEN: has 24 characters or more',
      'SERVICE_WEIGHT: is a whole number from 1 to 65535, in decimal digits only (given: "0")',
      'BALANCER: names 1 or more (given: ",")',
    ]);
    expect(faultsOf({ DOMAIN: 'a'.repeat(201), LOG_LEVEL: 'a\nb' })).toEqual([
      `DOMAIN: has 200 characters at most (given: "${'a'.repeat(201)}")`,
      'LOG_LEVEL: is one of fatal, error, warn, info, debug, trace, silent (given: "a\\nb")',
    ]);
  });

  it('never says it in the words of its parser, whichever variable it is', () => {
    const wrong = [
      'x',
      '-1',
      '+1',
      ' 1',
      '1e0',
      '0x1',
      '01',
      '1.0',
      '99999999999999999999',
      ',',
      '\u0001',
      'x'.repeat(600),
    ];
    const faults = Object.keys(shape).flatMap((name) => wrong.flatMap((text) => faultsOf({ [name]: text })));
    expect(faults.length).toBeGreaterThan(100);
    expect(faults.filter((fault) => /Invalid|Too (small|big)|expected|NaN/.test(fault))).toEqual([]);
  });

  it.each(['redis://a', 'rediss://a', 'redis+sentinel://a,b/main', 'rediss+sentinel://a/main', 'redis+cluster://a,b'])(
    'takes Redis at %s',
    (REDIS_URL) => expect(loadConfig(shape, { REDIS_URL }).REDIS_URL).toBe(REDIS_URL),
  );

  it('reads X from the file that X_FILE names', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'nf-config-')), 'key');
    writeFileSync(file, 'k'.repeat(40) + '\n');
    expect(loadConfig(shape, { KEYS_FILE: file }).KEYS).toEqual(['k'.repeat(40)]);
    expect(faultsOf({ KEYS_FILE: join(file, 'not-there') })[0]).toMatch(/^KEYS_FILE: cannot be read/);
    expect(faultsOf({ KEYS_FILE: file, KEYS: 'k'.repeat(40) })[0]).toMatch(/both KEYS and KEYS_FILE/);
  });

  it('refuses a missing and a sample secret in production', () => {
    expect(faultsOf({ NODE_ENV: 'production' })).toContain('KEYS: is missing');
    expect(faultsOf({ NODE_ENV: 'production', KEYS: `${'k'.repeat(40)},${KEY}` })[0]).toMatch(/sample value/);
    const CONTROL_TOKEN = 't'.repeat(24);
    expect(faultsOf({ NODE_ENV: 'production', KEYS: 'k'.repeat(40), CONTROL_TOKEN })).toEqual([]);
  });

  it('never shows a secret in a fault', () => {
    const faults = faultsOf({ KEYS: 'hunter2', REDIS_URL: 'hunter2://x' });
    expect(faults).toHaveLength(2);
    expect(faults.join()).not.toContain('hunter2');
  });
});

describe('describeEnvironment', () => {
  const rows = new Map(describeEnvironment(shape).map((row) => [row.name, row]));

  it('tells type, default, need and secrecy', () => {
    expect(rows.get('PORT')).toMatchObject({ type: 'integer 0 to 65535', default: '3000', required: 'no' });
    expect(rows.get('KEYS')).toMatchObject({ required: 'production', secret: true });
    expect(rows.get('NODE_ENV')?.type).toBe('development | test | production');
  });

  it('describes every variable', () => {
    expect([...rows.values()].filter((row) => row.description.length < 5)).toEqual([]);
  });
});
