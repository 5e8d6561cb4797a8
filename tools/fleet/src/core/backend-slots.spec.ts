import { describe, expect, it } from '@jest/globals';
import { servingSlots, SlotWatch, stateToKeep } from './backend-slots.ts';

// As HAProxy 2.6 prints it, of three slots: one serves, one is down, one has no address.
const printed = [
  '1',
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight',
  '4 api 1 api1 127.0.0.1 2 64 1',
  '4 api 2 api2 127.0.0.1 0 64 1',
  '4 api 3 api3 - 0 96 1',
  '5 gateway 1 gateway1 127.0.0.1 2 64 1',
  '',
].join('\n');

describe('the slots of HAProxy', () => {
  it('serve where they run and have an address', () => {
    expect(servingSlots(printed, 'api')).toBe(1);
    expect(servingSlots(printed, 'gateway')).toBe(1);
    expect(servingSlots(printed, 'other')).toBe(0);
    expect(servingSlots('', 'api')).toBe(0);
  });

  it('go to the next worker where they serve; one that is stuck begins empty', () => {
    expect(stateToKeep(printed).split('\n')).toEqual(printed.split('\n').filter((line) => !/api[23] /.test(line)));
  });
});

describe('SlotWatch', () => {
  it.each([
    [
      'never while all serve',
      [
        [2, 2, 0],
        [2, 3, 9_000],
      ],
      false,
    ],
    [
      'not before its tolerance is over',
      [
        [3, 2, 0],
        [3, 2, 4_999],
      ],
      false,
    ],
    [
      'once it is over',
      [
        [3, 2, 0],
        [3, 2, 5_000],
      ],
      true,
    ],
    [
      'not when they served in between',
      [
        [3, 2, 0],
        [3, 3, 3_000],
        [3, 2, 5_000],
      ],
      false,
    ],
    [
      'not at once again',
      [
        [3, 2, 0],
        [3, 2, 5_000],
        [3, 2, 6_000],
      ],
      false,
    ],
  ])('is stuck: %s', (_, looks, stuck) => {
    const watch = new SlotWatch(5_000);
    const seen = looks.map(([ready = 0, serving = 0, nowMs = 0]) => watch.isStuck(ready, serving, nowMs));
    expect(seen.at(-1)).toBe(stuck);
  });
});
