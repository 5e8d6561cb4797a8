import { describe, expect, it } from '@jest/globals';
import { type Precondition, VERSIONS_MAX, holds, requirePrecondition, spelt } from './precondition.ts';

/** Versions that may be written over; 0 stands for nothing stored. */
const allowed = (precondition: Precondition) =>
  [0, 5, 6, 7].filter((version) => holds(requirePrecondition(precondition), version));

describe('a precondition', () => {
  it.each<[Precondition, number[]]>([
    [{}, [0, 5, 6, 7]],
    [{ ifVersion: 5 }, [5]],
    [{ ifVersion: [5, 7] }, [5, 7]],
    [{ ifVersion: [] }, []],
    [{ ifVersion: 'present' }, [5, 6, 7]],
    [{ ifVersion: 'absent' }, [0]],
    [{ unlessVersion: 5 }, [0, 6, 7]],
    [{ unlessVersion: [5, 6] }, [0, 7]],
    [{ unlessVersion: [] }, [0, 5, 6, 7]],
    [{ unlessVersion: 'present' }, [0]],
    [{ ifVersion: [5, 6], unlessVersion: 6 }, [5]],
    [{ ifVersion: 'present', unlessVersion: 'present' }, []],
    [{ ifVersion: 'absent', unlessVersion: 5 }, [0]],
  ])('%j allows %j', (precondition, versions) => expect(allowed(precondition)).toEqual(versions));

  it.each([0, -1, 1.5, Number.NaN, 2 ** 53, [5, 0], Array.from({ length: VERSIONS_MAX + 1 }, () => 5)])(
    'refuses version %j',
    (version) => {
      const refused = expect.objectContaining({ code: 'invalid_version' });
      expect(() => requirePrecondition({ ifVersion: version })).toThrow(refused);
      expect(() => requirePrecondition({ unlessVersion: version })).toThrow(refused);
    },
  );

  it('is spelt so that no version is part of another', () => {
    expect([undefined, 'present' as const, [], [5], [5, 67]].map(spelt)).toEqual(['', '*', '  ', ' 5 ', ' 5 67 ']);
  });
});
