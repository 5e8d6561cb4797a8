import { describe, expect, it } from '@jest/globals';
import { type LastAddresses, lookUp } from './lookup.ts';
import type { DnsRecord } from './message.ts';
import { parseNamePattern } from './name-pattern.ts';
import { parseDnsServer } from './resolver.ts';

const a = (name: string, address: string, ttlS = 0): DnsRecord => ({ type: 'A', name, address, ttlS });
const aaaa = (name: string, address: string, ttlS = 0): DnsRecord => ({ type: 'AAAA', name, address, ttlS });
const srv = (target: string, port: number, weight = 1, priority = 1): DnsRecord => ({
  type: 'SRV',
  name: 'api.service.consul',
  priority,
  target,
  port,
  weight,
  ttlS: 5,
});

async function found(pattern: string, zone: Record<string, readonly DnsRecord[] | Error>) {
  const asked: string[] = [];
  const { instances, ttlS, unresolved } = await lookUp(
    'api',
    parseNamePattern(pattern),
    (name, type) => {
      asked.push(`${type} ${name}`);
      const records = zone[`${type} ${name}`] ?? [];
      return records instanceof Error ? Promise.reject(records) : Promise.resolve(records);
    },
    new AbortController().signal,
  );
  const ids = instances.map(({ id }) => id);
  return { ids, weights: instances.map(({ weight }) => weight), ttlS, asked, unresolved };
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
      unresolved: [],
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
      unresolved: ['n2'],
    });
  });

  it('takes every address of a target, of one family: a host with both is one', async () => {
    const zone = {
      'SRV api.service.consul': [srv('n1', 1), srv('n2', 1)],
      'A n1': [a('n1', '10.0.0.1'), a('n1', '10.0.0.2')],
      'AAAA n1': [aaaa('n1', 'fd00::1')],
      'AAAA n2': [aaaa('n2', 'fd00::2'), aaaa('n2', 'fd00::3')],
    };
    expect(await found('{service}.service.consul', zone)).toMatchObject({
      ids: ['api-10.0.0.1:1', 'api-10.0.0.2:1', 'api-fd00::2:1', 'api-fd00::3:1'],
    });
  });

  it('takes the lowest priority alone, and the next one where none of it has an address', async () => {
    const services = [srv('old', 1, 1, 20), srv('new', 1, 1, 10), srv('backup', 1, 1, 30)];
    const zone = { 'SRV api.service.consul': services, 'A old': [a('old', '10.0.0.2')] };
    const ids = async (more: object) => (await found('{service}.service.consul', { ...zone, ...more })).ids;
    expect(await ids({ 'A new': [a('new', '10.0.0.1')] })).toEqual(['api-10.0.0.1:1']);
    expect(await ids({})).toEqual(['api-10.0.0.2:1']);
  });

  it('goes on without a target that cannot be resolved, and rejects where none can', async () => {
    const lost = new Error('SERVFAIL');
    const zone = { 'SRV api.service.consul': [srv('n1', 1), srv('n2', 1)], 'A n1': lost };
    expect(await found('{service}.service.consul', { ...zone, 'A n2': [a('n2', '10.0.0.2')] })).toMatchObject({
      ids: ['api-10.0.0.2:1'],
      unresolved: ['n1'],
    });
    await expect(found('{service}.service.consul', { ...zone, 'A n2': lost })).rejects.toBe(lost);
  });

  it('keeps the last address of a target that cannot be asked for, and asks again soon; one that is gone goes', async () => {
    const last: LastAddresses = new Map();
    const services = [srv('n1', 1), srv('n2', 1, 1, 2)];
    const look = (answer: () => Promise<readonly DnsRecord[]>) =>
      lookUp(
        'api',
        parseNamePattern('{service}.service.consul'),
        (name, type) =>
          type === 'SRV'
            ? Promise.resolve([...services, a('n2', '10.0.0.2', 9)])
            : name === 'n1' && type === 'A'
              ? answer()
              : Promise.resolve([]),
        new AbortController().signal,
        last,
      ).then(({ instances, ttlS }) => [instances.map(({ id }) => id), ttlS]);
    expect(await look(() => Promise.resolve([a('n1', '10.0.0.1', 7)]))).toEqual([['api-10.0.0.1:1'], 5]);
    expect(await look(() => Promise.reject(new Error('time-out')))).toEqual([['api-10.0.0.1:1'], 0]);
    // The next priority.
    expect(await look(() => Promise.resolve([]))).toEqual([['api-10.0.0.2:1'], 5]);
    expect(await look(() => Promise.reject(new Error('time-out')))).toEqual([['api-10.0.0.2:1'], 0]);
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
