import { describe, expect, it } from '@jest/globals';
import { parseSearchList, searchedNames } from './search-list.ts';

describe('parseSearchList', () => {
  it.each([
    ['nameserver 10.0.0.1', [], 1],
    ['search a.test b.test.\noptions edns0 ndots:5', ['a.test', 'b.test'], 5],
    ['search a.test\n  domain b.test c.test  ', ['b.test'], 1],
    ['domain b.test\nsearch a.test c.test', ['a.test', 'c.test'], 1],
    ['search .\noptions ndots:0', [], 0],
    ['# search a.test\n;options ndots:2\noptions ndots:99', [], 15],
  ])('%j', (text, domains, ndots) => {
    expect(parseSearchList(text)).toEqual({ domains, ndots });
  });
});

describe('searchedNames', () => {
  const domains = ['ns.svc.test', 'test'];
  it.each([
    ['api', 1, ['api.ns.svc.test', 'api.test', 'api']],
    ['api.svc', 1, ['api.svc', 'api.svc.ns.svc.test', 'api.svc.test']],
    ['api.svc', 5, ['api.svc.ns.svc.test', 'api.svc.test', 'api.svc']],
    ['api', 0, ['api', 'api.ns.svc.test', 'api.test']],
    ['api.', 5, ['api.']],
  ])('%s with ndots %i', (name, ndots, expected) => {
    expect(searchedNames(name, { domains, ndots })).toEqual(expected);
  });
});
