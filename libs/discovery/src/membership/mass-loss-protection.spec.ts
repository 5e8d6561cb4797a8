import { describe, expect, it } from '@jest/globals';
import type { Snapshot } from '../catalog.ts';
import { DiscoveryError } from '../errors.ts';
import type { Health, Instance } from '../instance.ts';
import { createMassLossProtection, type MassLossProtection } from './mass-loss-protection.ts';

function instance(id: string, health: Health = 'passing'): Instance {
  return { id, service: 'api', address: '10.0.0.1', port: 1, health, tags: [], meta: {}, weight: 1, epoch: 0 };
}

/** `a b c`: passing; `a!`: critical; `a~`: in maintenance. */
function answer(text: string, asOfMs = 10): Snapshot {
  const instances = text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) =>
      instance(word[0] ?? '', word.endsWith('!') ? 'critical' : word.endsWith('~') ? 'maintenance' : 'passing'),
    );
  return { instances, asOfMs };
}

const unreachable = (last: Snapshot = answer('', 0)): Snapshot => ({
  ...last,
  error: new DiscoveryError('catalog_unavailable', 'unreachable'),
});

const ids = (instances: readonly Instance[]): string => instances.map(({ id }) => id).join(' ');
const used = (protection: MassLossProtection): string => ids(protection.view().instances);
const asked = (protection: MassLossProtection): string => ids(protection.unconfirmed());

function after(...snapshots: readonly string[]): MassLossProtection {
  const protection = createMassLossProtection();
  for (const text of snapshots) protection.update(answer(text));
  return protection;
}

describe('a loss', () => {
  it.each([
    ['none', ['a b c', 'a b c'], 'a b c', ''],
    ['a minority', ['a b c', 'b c'], 'b c', ''],
    ['exactly half', ['a b', 'b'], 'b', ''],
    ['a majority', ['a b c', 'c'], 'a b c', 'a b'],
    ['all', ['a b c', ''], 'a b c', 'a b c'],
    ['the only one', ['a', ''], 'a', 'a'],
    ['all, for new ones', ['a b', 'c d'], 'a b c d', 'a b'],
    ['those in maintenance', ['a~ b~ c', 'c'], 'c', ''],
    ['all, after maintenance', ['a b c', 'a~ b~ c~', ''], '', ''],
    ['critical ones', ['a! b! c', 'c'], 'c', ''],
    ['turned critical, not vanished', ['a b c', 'a! b! c!'], 'a b c', ''],
    ['one of two that pass, beside critical ones', ['a b c! d!', 'a'], 'a', ''],
    ['all, and one is back', ['a b c', '', 'a'], 'a b c', 'b c'],
    ['all, and all are back', ['a b c', '', 'a b c'], 'a b c', ''],
    ['all, and one is back in maintenance', ['a b c', '', 'a~'], 'a b c', 'b c'],
    ['all twice', ['a b c', '', 'a', ''], 'a b c', 'b c a'],
  ])('of %s', (_, snapshots, expected, unconfirmed) => {
    const protection = after(...snapshots);
    expect([used(protection), asked(protection)]).toEqual([expected, unconfirmed]);
  });

  it('is one too of a newer answer that bears an error, not of the last good one again', () => {
    const protection = after('a b c');
    protection.update(unreachable(answer('a b c', 10)));
    expect(asked(protection)).toBe('');
    protection.update(unreachable(answer('', 11)));
    expect([used(protection), asked(protection)]).toEqual(['a b c', 'a b c']);
  });

  it('is final for each that does not answer, at once and for good', () => {
    const protection = after('a b c', '');
    expect(protection.recordReply('b', false)).toBe(true);
    expect([used(protection), asked(protection)]).toEqual(['a c', 'a c']);
    expect(protection.recordReply('a', true)).toBe(false);
    expect(protection.recordReply('a', false)).toBe(true);
    expect([used(protection), asked(protection)]).toEqual(['c', 'c']);
    expect(protection.recordReply('b', true)).toBe(false);
    expect(used(protection)).toBe('c');
  });

  it('stays unconfirmed while the catalog is unreachable', () => {
    const protection = after('a b c', '');
    protection.update(unreachable(answer('')));
    expect(used(protection)).toBe('a b c');
    expect(protection.view()).toMatchObject({ asOfMs: 10, error: { code: 'catalog_unavailable' } });
    expect(protection.recordReply('a', false)).toBe(true);
    expect(asked(protection)).toBe('b c');
  });
});

function cached(text: string): MassLossProtection {
  const protection = createMassLossProtection();
  protection.load(answer(text, 5));
  return protection;
}

describe('the last-known-good set', () => {
  it('is used only of those that answered, and says from when it is', () => {
    const protection = cached('a b');
    expect([used(protection), asked(protection)]).toEqual(['', 'a b']);
    protection.update(unreachable());
    expect(protection.view()).toMatchObject({ instances: [], asOfMs: 0 });
    expect(protection.recordReply('b', true)).toBe(true);
    expect(protection.view()).toMatchObject({
      instances: [{ id: 'b' }],
      asOfMs: 5,
      cached: true,
      error: { code: 'catalog_unavailable' },
    });
  });

  it('is asked again while the catalog is unreachable: one that does not answer now may do so later', () => {
    const protection = cached('a');
    protection.update(unreachable());
    for (const isItself of [false, true, false, true]) {
      protection.recordReply('a', isItself);
      expect([used(protection), asked(protection)]).toEqual([isItself ? 'a' : '', 'a']);
    }
  });

  it.each([
    ['the same', 'a b', 'a b', 'a b', ''],
    ['all but a minority', 'a b c', 'b c', 'b c', ''],
    ['new ones only', 'a b', 'c', 'c', 'a b'],
    ['nobody', 'a b', '', '', 'a b'],
  ])('is compared with the first answer: %s', (_, stored, first, expected, unconfirmed) => {
    const protection = cached(stored);
    protection.update(answer(first));
    expect([used(protection), asked(protection)]).toEqual([expected, unconfirmed]);
    expect(protection.view().cached).toBeUndefined();
    // From now on an unconfirmed one that does not answer is gone.
    for (const { id } of protection.unconfirmed()) protection.recordReply(id, false);
    expect([used(protection), asked(protection)]).toEqual([expected, '']);
  });
});
