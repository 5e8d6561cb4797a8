import { describe, expect, it } from '@jest/globals';
import { declarationOf, routedServices, SERVICE_NAMES } from './services.ts';

const repeated = (words: readonly string[]): string[] => words.filter((word, at) => words.indexOf(word) !== at);

describe('the table of services', () => {
  it('has each name, short name, host and path once', () => {
    expect(repeated(SERVICE_NAMES.map((name) => declarationOf(name).shortName))).toEqual([]);
    expect(repeated(routedServices.flatMap(({ ingress }) => ingress.hosts))).toEqual([]);
    expect(repeated(routedServices.flatMap(({ ingress }) => ingress.paths))).toEqual([]);
  });

  it('has no prefix below another one, and paths below none: edge proxies take the first or the last that fits', () => {
    const prefixes = routedServices.map(({ ingress }) => ingress.prefix).filter((prefix) => prefix !== '/');
    const below = (path: string): string[] => prefixes.filter((each) => path === each || path.startsWith(`${each}/`));
    expect(prefixes.flatMap(below)).toEqual(prefixes);
    expect(routedServices.flatMap(({ ingress }) => ingress.paths).flatMap(below)).toEqual([]);
    expect(routedServices.filter(({ ingress }) => ingress.prefix === '/')).toHaveLength(1);
  });

  it('has names, hosts, prefixes and paths that mean nothing else in a pattern, a variable or a configuration', () => {
    const words = [
      ...SERVICE_NAMES,
      ...SERVICE_NAMES.map((name) => declarationOf(name).shortName),
      ...routedServices.flatMap(({ ingress }) => [...ingress.hosts, ...ingress.paths.map((path) => path.slice(1))]),
      ...routedServices.map(({ ingress }) => ingress.prefix.slice(1)).filter((prefix) => prefix !== ''),
    ];
    expect(words.filter((word) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(word) || word === 'named')).toEqual([]);
  });
});
