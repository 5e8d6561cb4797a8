import { describe, expect, it } from '@jest/globals';
import type { Snapshot } from '../catalog.ts';
import { DiscoveryError } from '../errors.ts';
import type { Health, Instance } from '../instance.ts';
import { createDoubt, type Doubt } from './doubt.ts';

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

const away = (last: Snapshot = answer('', 0)): Snapshot => ({
  ...last,
  error: new DiscoveryError('catalog_unavailable', 'away'),
});

const ids = (instances: readonly Instance[]): string => instances.map(({ id }) => id).join(' ');
const used = (doubt: Doubt): string => ids(doubt.view().instances);
const asked = (doubt: Doubt): string => ids(doubt.suspects());

function after(...snapshots: readonly string[]): Doubt {
  const doubt = createDoubt();
  for (const text of snapshots) doubt.hear(answer(text));
  return doubt;
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
  ])('of %s', (_, snapshots, expected, suspects) => {
    const doubt = after(...snapshots);
    expect([used(doubt), asked(doubt)]).toEqual([expected, suspects]);
  });

  it('is believed of each that does not answer, at once and for good', () => {
    const doubt = after('a b c', '');
    expect(doubt.judge('b', false)).toBe(true);
    expect([used(doubt), asked(doubt)]).toEqual(['a c', 'a c']);
    expect(doubt.judge('a', true)).toBe(false);
    expect(doubt.judge('a', false)).toBe(true);
    expect([used(doubt), asked(doubt)]).toEqual(['c', 'c']);
    expect(doubt.judge('b', true)).toBe(false);
    expect(used(doubt)).toBe('c');
  });

  it('is remembered while the catalog is away', () => {
    const doubt = after('a b c', '');
    doubt.hear(away(answer('')));
    expect(used(doubt)).toBe('a b c');
    expect(doubt.view()).toMatchObject({ asOfMs: 10, error: { code: 'catalog_unavailable' } });
    expect(doubt.judge('a', false)).toBe(true);
    expect(asked(doubt)).toBe('b c');
  });
});

function recalling(text: string): Doubt {
  const doubt = createDoubt();
  doubt.recall(answer(text, 5));
  return doubt;
}

describe('what a former process knew', () => {
  it('is used only of those that answered, and says from when it is', () => {
    const doubt = recalling('a b');
    expect([used(doubt), asked(doubt)]).toEqual(['', 'a b']);
    doubt.hear(away());
    expect(doubt.view()).toMatchObject({ instances: [], asOfMs: 0 });
    expect(doubt.judge('b', true)).toBe(true);
    expect(doubt.view()).toMatchObject({
      instances: [{ id: 'b' }],
      asOfMs: 5,
      cached: true,
      error: { code: 'catalog_unavailable' },
    });
  });

  it('is asked again while the catalog is away: one that does not answer now may do so later', () => {
    const doubt = recalling('a');
    doubt.hear(away());
    for (const isItself of [false, true, false, true]) {
      doubt.judge('a', isItself);
      expect([used(doubt), asked(doubt)]).toEqual([isItself ? 'a' : '', 'a']);
    }
  });

  it.each([
    ['the same', 'a b', 'a b', 'a b', ''],
    ['all but a minority', 'a b c', 'b c', 'b c', ''],
    ['new ones only', 'a b', 'c', 'c', 'a b'],
    ['nobody', 'a b', '', '', 'a b'],
  ])('is compared with the first answer: %s', (_, stored, first, expected, suspects) => {
    const doubt = recalling(stored);
    doubt.hear(answer(first));
    expect([used(doubt), asked(doubt)]).toEqual([expected, suspects]);
    expect(doubt.view().cached).toBeUndefined();
    // From now on a suspect that does not answer is gone.
    for (const { id } of doubt.suspects()) doubt.judge(id, false);
    expect([used(doubt), asked(doubt)]).toEqual([expected, '']);
  });
});
