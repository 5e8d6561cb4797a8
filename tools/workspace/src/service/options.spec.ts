import { describe, expect, it } from '@jest/globals';
import { pluralOf, spellings } from './options.ts';
import type { Taken } from './table.ts';

const taken: Taken = {
  names: ['api', 'worker'],
  prefixes: ['/api', '/'],
  ports: [3_000, 3_002, 3_100, 8_080],
  variables: ['log-level'],
  queues: ['receipt'],
};

describe('spellings', () => {
  it('takes the route from the name, and the next free port', () => {
    expect(spellings({ name: 'billing-desk', queue: 'till-entry' }, taken, [])).toMatchObject({
      prefix: '/billing-desk',
      port: 3_003,
      plural: 'till-entries',
      camel: 'billingDesk',
      pascal: 'BillingDesk',
      queueCamel: 'tillEntry',
      pluralPascal: 'TillEntries',
    });
    expect(spellings({ name: 'billing' }, taken, [])).toMatchObject({ plural: undefined, queue: '' });
  });

  it.each([
    [{ name: 'Billing' }, 'the name "Billing" is not'],
    [{ name: '../x' }, 'the name "../x" is not'],
    [{ name: 'api' }, 'the name "api" is in use'],
    [{ name: 'redis' }, 'the name "redis" is in use'],
    [{ name: 'path' }, 'the name "path" is in use'],
    [{ name: 'log-level' }, 'the name "log-level" is in use'],
    [{ name: 'base' }, 'the name "base" is in use'],
    [{ name: 'billing-2' }, 'the name "billing-2" is that of a replica'],
    [{ name: 'billing', queue: 'demo' }, 'the queue "demo" is in use'],
    [{ name: 'billing', queue: 'receipt' }, 'the queue "receipt" is in use'],
    [{ name: 'billing', queue: 'doc' }, 'the queue "doc" is in use'],
    [{ name: 'state' }, 'the name "state" is in use'],
    [{ name: 'x'.repeat(31) }, 'is not 1 to 30'],
    [{ name: 'sample', route: 'billing' }, 'the route "billing" is not'],
    [{ name: 'sample', route: '/a/b' }, 'the route "/a/b" is not'],
    [{ name: 'sample', route: '/api' }, 'the route "/api" is in use'],
    [{ name: 'sample', route: '/topology' }, 'the route "/topology" is in use'],
    [{ name: 'sample', queue: 'In voice' }, 'the queue "In voice" is not'],
  ])('refuses %j', (options, words) => {
    expect(() => spellings(options, taken, ['state'])).toThrow(words);
  });
});

describe('pluralOf', () => {
  it.each([
    ['invoice', 'invoices'],
    ['entry', 'entries'],
    ['day', 'days'],
    ['box', 'boxes'],
    ['batch', 'batches'],
  ])('%s -> %s', (noun, plural) => {
    expect(pluralOf(noun)).toBe(plural);
  });
});
