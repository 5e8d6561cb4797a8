import { describe, expect, it } from '@jest/globals';
import { allCases } from './all-cases.ts';
import { DIFFERENCES_NAMES, differencesOfHaproxy, mismatches, readDifferences } from './differences.ts';

describe('the cases', () => {
  it('have names of their own', () => {
    const ids = allCases.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe.each(DIFFERENCES_NAMES)('the named differences of %s', (name) => {
  const all = readDifferences();
  const differences = all[name];
  // Those of a release are told beside what held before it.
  const before = { 'HAProxy 3.0': differencesOfHaproxy(all, '2.6'), 'HAProxy 3.2': differencesOfHaproxy(all, '3.0') }[
    name as string
  ];

  it('are of cases that there are, and are differences', () => {
    expect(differences.size).toBeGreaterThan(0);
    const stale = [...differences].filter(([id, outcome]) => {
      const named = allCases.find((each) => each.id === id);
      return named === undefined || (before?.get(id) ?? named.expected) === outcome;
    });
    expect(stale).toEqual([]);
  });
});

describe('the differences of a HAProxy', () => {
  const all = readDifferences(
    '### HAProxy\n\n| `a`, `b` | `200` | |\n\n### HAProxy 3.0\n\n| `b` | `400 html` | |\n\n### HAProxy 3.2\n\n| `a` | `500` | |\n\n### Traefik\n\n',
  );
  it.each([
    ['2.6.12', '200', '200'],
    ['3.0.11', '200', '400 html'],
    ['3.2.26', '500', '400 html'],
    ['3.10.1', '500', '400 html'],
  ])('of version %s', (version, a, b) =>
    expect(differencesOfHaproxy(all, version)).toEqual(
      new Map([
        ['a', a],
        ['b', b],
      ]),
    ),
  );
});

describe('mismatches', () => {
  const cases = ['a', 'b'].map((id) => ({ id, request: '', expected: '200' }));
  const differences = readDifferences(
    '### HAProxy\n\n| cases | outcome | why |\n| --- | --- | --- |\n| `b`, `c` | `400 html` | it is so |\n\n### Traefik\n\n| `a` | `x` | |\n',
  );

  it('are none where each outcome is the one of all, or the named one', () => {
    expect(differences.HAProxy).toEqual(
      new Map([
        ['b', '400 html'],
        ['c', '400 html'],
      ]),
    );
    expect(differences.Traefik).toEqual(new Map([['a', 'x']]));
    expect(
      mismatches(
        new Map([
          ['a', '200'],
          ['b', '400 html'],
        ]),
        cases,
        differences.HAProxy,
      ),
    ).toEqual([]);
  });

  it('are what is new, what is gone, and what was not seen', () => {
    const seen = new Map([
      ['a', '404'],
      ['b', '200'],
    ]);
    expect(mismatches(seen, cases, differences.HAProxy)).toEqual([
      { id: 'a', expected: '200', seen: '404' },
      { id: 'b', expected: '400 html', seen: '200' },
    ]);
    expect(mismatches(new Map(), cases, new Map())).toHaveLength(2);
  });
});
