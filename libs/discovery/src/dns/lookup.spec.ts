import { describe, expect, it } from '@jest/globals';
import { lookUp } from './lookup.ts';
import type { DnsRecord } from './message.ts';
import { parseNamePattern } from './name-pattern.ts';
import { parseDnsServer } from './resolver.ts';

const a = (name: string, address: string, ttlS = 0): DnsRecord => ({ type: 'A', name, address, ttlS });
const aaaa = (name: string, address: string, ttlS = 0): DnsRecord => ({ type: 'AAAA', name, address, ttlS });
const srv = (target: string, port: number, weight = 1): DnsRecord => ({
  type: 'SRV',
  name: 'api.service.consul',
  target,
  port,
  weight,
  ttlS: 5,
});

async function found(pattern: string, zone: Record<string, readonly DnsRecord[]>) {
  const asked: string[] = [];
  const { instances, ttlS } = await lookUp(
    'api',
    parseNamePattern(pattern),
    (name, type) => {
      asked.push(`${type} ${name}`);
      return Promise.resolve(zone[`${type} ${name}`] ?? []);
    },
    new AbortController().signal,
  );
  return { ids: instances.map(({ id }) => id), weights: instances.map(({ weight }) => weight), ttlS, asked };
}

describe('lookUp', () => {
  it('joins SRV records with the addresses beside them, without another question', async () => {
    const zone = {
      'SRV api.service.consul': [srv('n1', 2, 3), srv('n2', 1, 0), a('n1', '10.0.0.1', 9), a('n2', '10.0.0.2')],
    };
    expect(await found('{service}.service.consul', zone)).toEqual({
      ids: ['api-10.0.0.1:2', 'api-10.0.0.2:1'],
      weights: [3, 1],
      ttlS: 0,
      asked: ['SRV api.service.consul'],
    });
  });

  it('asks for the addresses that are missing, and leaves out a target that has none', async () => {
    const zone = {
      'SRV api.service.consul': [srv('n1', 1), srv('n1', 2), srv('n2', 3)],
      'AAAA n1': [aaaa('n1', 'fd00::1')],
    };
    expect(await found('{service}.service.consul', zone)).toMatchObject({
      ids: ['api-fd00::1:1', 'api-fd00::1:2'],
      asked: ['SRV api.service.consul', 'A n1', 'AAAA n1', 'A n2', 'AAAA n2'],
    });
  });

  it('takes every address of a name, each once, with the given port', async () => {
    const zone = {
      'A tasks.api': [a('tasks.api', '10.0.0.2', 4), a('tasks.api', '10.0.0.1', 600), a('tasks.api', '10.0.0.1')],
      'AAAA tasks.api': [aaaa('tasks.api', 'fd00::1', 60)],
    };
    expect(await found('tasks.{service}:3000', zone)).toMatchObject({
      ids: ['api-10.0.0.1:3000', 'api-10.0.0.2:3000', 'api-fd00::1:3000'],
      ttlS: 0,
    });
  });

  it('finds nobody under a name that does not exist', async () => {
    expect(await found('{service}:1', {})).toMatchObject({ ids: [], ttlS: 0 });
  });
});

describe('settings', () => {
  it.each(['api', '{service}:0', '{service}:65536', '{service} ', '{service}.{service}', '{name}.consul', ''])(
    'refuses the name "%s"',
    (text) => {
      expect(() => parseNamePattern(text)).toThrow(expect.objectContaining({ code: 'invalid_settings' }));
    },
  );

  it.each([
    ['10.0.0.1', '10.0.0.1', 53],
    ['consul:8600', 'consul', 8600],
    ['[::1]:8600', '::1', 8600],
    ['fd00::1', 'fd00::1', 53],
  ])('reads the server "%s"', (text, host, port) => {
    expect(parseDnsServer(text)).toEqual({ host, port });
  });

  it.each(['', 'a b', 'consul:0', 'consul:65536', 'http://consul'])('refuses the server "%s"', (text) => {
    expect(() => parseDnsServer(text)).toThrow(expect.objectContaining({ code: 'invalid_settings' }));
  });
});
