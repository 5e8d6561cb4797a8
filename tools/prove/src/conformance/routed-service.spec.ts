import { describe, expect, it } from '@jest/globals';
import { idempotent, operationalRoutes, type RoutedService, services, withIdempotencyKey } from '@nestfleet/contracts';
import { Check } from '../checkers/check.ts';
import type { Answer } from '../client/http-client.ts';
import { documentOf, judge, type Question, questionsOf, undocumented } from './routed-service.ts';

const billing: RoutedService = {
  ...services.api,
  name: 'api',
  ingress: { hosts: ['billing'], prefix: '/billing', paths: [] },
  routes: [
    idempotent('GET', '/invoices/*'),
    idempotent('GET', '/invoices'),
    withIdempotencyKey('POST', '/invoices'),
    ...operationalRoutes,
  ],
};
const document = {
  paths: { '/invoices': { get: {}, post: {}, delete: {} }, '/invoices/{id}': { get: {} }, '/livez': { get: {} } },
};
const NAMES = ['billing-1', 'billing-2'];
const questions = questionsOf(billing, document);

type Reply = Pick<Answer, 'status' | 'headers' | 'text'>;

/** What a good edge proxy before a good service answers. */
function reply({ method, expects, from }: Question): Reply {
  const text = JSON.stringify({ status: expects, request_id: 'r-1', code: 'x', method });
  const headers = {
    'x-served-by': from === 'itself' ? 'billing-2' : 'gateway-1',
    'x-request-id': 'r-1',
    'content-type': 'application/problem+json; charset=utf-8',
    allow: 'GET, HEAD, OPTIONS, POST',
  };
  return { status: expects, headers, text };
}

function faultsOf(answerTo: (question: Question) => Reply, names: readonly string[] | undefined = NAMES): string[] {
  const check = new Check();
  for (const question of questions) judge(check, billing, question, answerTo(question), names);
  expect(check.ran).toBeGreaterThanOrEqual(questions.length);
  return check.faults;
}

/** The same with a fault in the answers to one path, of a host or of the bare address. */
const onPath =
  (path: string, part: (good: Reply) => Partial<Reply>, host?: string) =>
  (question: Question): Reply => {
    const good = reply(question);
    return question.path === path && question.host === host ? { ...good, ...part(good) } : good;
  };
const withHeader = (name: string, value: string) => (good: Reply) => ({ headers: { ...good.headers, [name]: value } });

describe('the questions to a routed service', () => {
  it('are about its prefix, its hosts and what only looks like them', () => {
    expect(questions.map(({ method, path, host, expects }) => `${method} ${host ?? ''}${path} ${expects}`)).toEqual([
      'GET /billing/livez 200',
      'GET /billing/readyz 200',
      'GET /billing/openapi.json 200',
      'GET billing/livez 200',
      'GET billing/billing/livez 404',
      'GET /billing/no-such-path 404',
      'PUT /billing/invoices 405',
      'GET /billingx 404',
      'GET /billingx/livez 404',
    ]);
  });

  it('take a health path where the service has no route without a parameter', () => {
    const bare = { ...billing, routes: operationalRoutes };
    expect(questionsOf(bare, document)).toContainEqual(
      expect.objectContaining({ method: 'DELETE', path: '/billing/livez', allowed: ['GET'] }),
    );
  });
});

describe('the answers of a routed service', () => {
  it('are good where the table is kept to, and also where no replica is known by name', () => {
    expect(faultsOf(reply)).toEqual([]);
    expect(faultsOf(reply, undefined)).toEqual([]);
  });

  it.each([
    ['a path that is not routed', onPath('/billing/livez', () => ({ status: 404 })), /^GET \/billing\/livez: exp/],
    [
      'somebody else below the prefix',
      onPath('/billing/readyz', withHeader('x-served-by', 'gateway-1')),
      /^GET \/billing\/readyz is answered by a replica of api; seen: "gateway-1"/,
    ],
    [
      'the service above its prefix',
      onPath('/billingx/livez', withHeader('x-served-by', 'billing-1')),
      /^GET \/billingx\/livez is answered by no replica of api; seen: "billing-1"/,
    ],
    [
      'a 404 of the edge proxy',
      onPath('/billing/no-such-path', withHeader('content-type', 'text/plain')),
      /problem doc/,
    ],
    ['a 404 of plain words', onPath('/billing/no-such-path', () => ({ text: 'not found' })), /has a request id/],
    [
      'another request id',
      onPath('/billing/no-such-path', withHeader('x-request-id', 'r-2')),
      /x-request-id: expected/,
    ],
    [
      'a method that passes',
      onPath('/billing/invoices', () => ({ status: 200 })),
      /^PUT \/billing\/invoices: expected/,
    ],
    ['a 405 without Allow', onPath('/billing/invoices', withHeader('allow', '')), /Allow does not name: expected \[\]/],
    ['an Allow that names all', onPath('/billing/invoices', withHeader('allow', 'GET, POST, PUT')), /does not name it/],
  ])('%s is a fault', (_name, answerTo, fault) => {
    expect(faultsOf(answerTo)).toContainEqual(expect.stringMatching(fault));
  });
});

describe('the document of a routed service', () => {
  it('has each of its routes; those that every service has, and diagnostics, need not be there', () => {
    expect(undocumented(billing, document)).toEqual([]);
    const routes = [...billing.routes, idempotent('GET', '/diagnostics/*')];
    expect(undocumented({ ...billing, routes }, document)).toEqual([]);
  });

  it.each([
    ['a method', { ...document.paths, '/invoices': { get: {} } }, 'POST /invoices'],
    ['a parameter', { ...document.paths, '/invoices/{id}': {}, '/invoices/last': { get: {} } }, 'GET /invoices/*'],
  ])('lacks %s', (_name, paths, route) => {
    expect(undocumented(billing, { paths })).toEqual([route]);
  });

  it('is empty where there is none', () => {
    expect(documentOf('<html>')).toEqual({ paths: {} });
    expect(undocumented(billing, documentOf('{}'))).toHaveLength(3);
  });
});
