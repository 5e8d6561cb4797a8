import { describe, expect, it } from '@jest/globals';
import { slotOf } from './slot.ts';

describe('slotOf', () => {
  // What CLUSTER KEYSLOT of a real Redis answers.
  it.each([
    ['123456789', 12_739],
    ['foo', 12_182],
    ['nf:{v}:value:a', 7_761],
    ['{v}', 7_761],
    ['a{}b{c}', 7_353],
    ['naïve', 2_847],
    ['', 0],
  ])('%s', (key, slot) => expect(slotOf(key)).toBe(slot));
});
