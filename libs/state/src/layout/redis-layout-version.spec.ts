import { describe, expect, it } from '@jest/globals';
import { StateError } from '../errors.ts';
import { stateKeys } from '../keys.ts';
import type { RedisCommands } from '../redis-commands.ts';
import { LAYOUT_NEWEST, LAYOUT_WRITTEN, claimLayout, requireLayout } from './redis-layout-version.ts';

const keys = stateKeys((tag) => `nf:{${tag}}:`);

/** A store that answers each question for the layout in turn, a fault for one that cannot be answered. */
function claimed(version: number, answers: (string | null | StateError)[], raised: number | StateError = version) {
  const raises: unknown[] = [];
  const commands = {
    run: async () => {
      const answer = answers.shift();
      if (answer instanceof StateError) throw answer;
      return answer;
    },
    script: async (_script: unknown, [key]: readonly string[], [to]: readonly number[]) => {
      raises.push([key, to]);
      if (raised instanceof StateError) throw raised;
      return raised;
    },
  } as unknown as RedisCommands;
  const claim = (closed = new AbortController().signal) => claimLayout({ commands, keys, version, closed });
  return { claim, raises };
}

const away = () => new StateError('state_unavailable', 'away');

describe('claimLayout', () => {
  it.each([
    ['none yet', 1, null, [['nf:{layout}:version', 1]]],
    ['the same', 1, '1', []],
    ['an older one', 2, '1', [['nf:{layout}:version', 2]]],
    ['a newer one that can be read', 1, '2', []],
  ])('a namespace has %s', async (_what, version, found, expected) => {
    const { claim, raises } = claimed(version, [found]);
    await claim();
    expect(raises).toEqual(expected);
  });

  it.each([
    ['found', '3', 1],
    ['raised meanwhile', null, 3],
  ])('refuses one that cannot be read, %s', async (_what, found, raised) => {
    const { claim } = claimed(1, [found], raised);
    await expect(claim()).rejects.toMatchObject({ code: 'state_layout_newer', status: 503 });
    await expect(claimed(1, ['3']).claim()).rejects.toThrow('layout 3, which a newer release writes');
  });

  it('waits for a store that does not answer, until it is closed, and for none that takes no writes', async () => {
    await expect(claimed(1, [away(), '1']).claim()).resolves.toBeUndefined();
    await expect(claimed(1, [away()]).claim(AbortSignal.abort())).rejects.toMatchObject({ code: 'state_unavailable' });
    const refused = new StateError('state_writes_refused', 'full');
    await expect(claimed(1, [null], refused).claim()).resolves.toBeUndefined();
  });
});

it('a layout to write is one that the release before reads', () => {
  expect([LAYOUT_WRITTEN, LAYOUT_NEWEST].map(requireLayout)).toEqual([1, 2]);
  for (const version of [0, 3, 1.5, NaN])
    expect(() => requireLayout(version)).toThrow(expect.objectContaining({ code: 'invalid_layout' }));
});
