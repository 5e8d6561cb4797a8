import { describe, expect, it } from '@jest/globals';
import { allCases } from './all-cases.ts';
import { mismatches, PROXY_NAMES, readDifferences } from './differences.ts';

describe('the cases', () => {
  it('have names of their own', () => {
    const ids = allCases.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe.each(PROXY_NAMES)('the named differences of %s', (name) => {
  const differences = readDifferences()[name];

  it('are of cases that there are, and are differences', () => {
    expect(differences.size).toBeGreaterThan(0);
    const stale = [...differences].filter(([id, outcome]) => {
      const named = allCases.find((each) => each.id === id);
      return named === undefined || named.expected === outcome;
    });
    expect(stale).toEqual([]);
  });
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
