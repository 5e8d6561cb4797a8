import { describe, expect, it } from '@jest/globals';
import { byLongestPrefix, declarationOf, type Ingress, routedServices, SERVICE_NAMES } from './services.ts';

const repeated = (words: readonly string[]): string[] => words.filter((word, at) => words.indexOf(word) !== at);
const row = (prefix: Ingress['prefix']) => ({ ingress: { hosts: [], prefix, paths: [] } });
const segmentsOf = (prefix: string): string[] => prefix.split('/').filter((segment) => segment !== '');

describe('the table of services', () => {
  it('has each name, short name, host and path once', () => {
    expect(repeated(SERVICE_NAMES.map((name) => declarationOf(name).shortName))).toEqual([]);
    expect(repeated(routedServices.flatMap(({ ingress }) => ingress.hosts))).toEqual([]);
    expect(repeated(routedServices.flatMap(({ ingress }) => ingress.paths))).toEqual([]);
  });

  it('has each prefix once, the longest first, one service for all else, and exact paths below no prefix', () => {
    const prefixes = routedServices.map(({ ingress }) => ingress.prefix);
    expect(repeated(prefixes)).toEqual([]);
    expect(prefixes.at(-1)).toBe('/');
    expect(prefixes).toEqual(prefixes.toSorted((a, b) => b.length - a.length));
    const isBelow = (path: string): boolean =>
      prefixes.some((each) => each !== '/' && `${path}/`.startsWith(`${each}/`));
    expect(routedServices.flatMap(({ ingress }) => ingress.paths).filter(isBelow)).toEqual([]);
  });

  it('has names, hosts, prefixes and paths that mean nothing else in a pattern, a variable or a configuration', () => {
    const words = [
      ...SERVICE_NAMES,
      ...SERVICE_NAMES.map((name) => declarationOf(name).shortName),
      ...routedServices.flatMap(({ ingress }) => [...ingress.hosts, ...ingress.paths.map((path) => path.slice(1))]),
      ...routedServices.flatMap(({ ingress }) => segmentsOf(ingress.prefix)),
    ];
    expect(words.filter((word) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(word) || word === 'named')).toEqual([]);
  });

  it('has prefixes of three segments at most: Traefik has no priorities for more', () => {
    expect(routedServices.filter(({ ingress }) => segmentsOf(ingress.prefix).length > 3)).toEqual([]);
  });
});

describe('byLongestPrefix', () => {
  it('puts a prefix before the one that it is below, and `/` last', () => {
    const prefixes = ['/', '/billing', '/api', '/billing/reports', '/billing/reports/old'] as const;
    expect(
      prefixes
        .map(row)
        .toSorted(byLongestPrefix)
        .map(({ ingress }) => ingress.prefix),
    ).toEqual(['/billing/reports/old', '/billing/reports', '/billing', '/api', '/']);
  });
});
