import {
  HEALTH_PATHS,
  OPENAPI_PATH,
  operationalRoutes,
  type Problem,
  type RoutedService,
  type RouteRule,
} from '@nestfleet/contracts';
import type { Check } from '../checkers/check.ts';
import type { Answer } from '../client/http-client.ts';
import type { OpenApi } from '../openapi/bad-input.ts';

/** A request to the edge proxy, with what its answer has to be. */
export interface Question {
  readonly method: string;
  readonly path: string;
  /** First label of the host name; undefined for the bare address. */
  readonly host?: string;
  readonly expects: 200 | 404 | 405;
  /** Whether the service itself answers, or somebody else. */
  readonly from: 'itself' | 'another';
  /** Methods that the 405 has to name. */
  readonly allowed?: readonly string[];
}

const { live, ready } = HEALTH_PATHS;
const METHODS = ['DELETE', 'PUT', 'PATCH', 'POST'] as const;
/** Routes for the tests of edge proxies; no document shows them. */
const UNDOCUMENTED = /^\/diagnostics\//;

const isSame = (one: RouteRule, other: RouteRule): boolean => one.method === other.method && one.path === other.path;

/** Those that a service has beyond the ones that every service has. */
const ownRoutes = ({ routes }: Pick<RoutedService, 'routes'>): RouteRule[] =>
  routes.filter((rule) => !operationalRoutes.some((other) => isSame(rule, other)));

/** The document of a service, without a path where the text is none. */
export function documentOf(text: string): OpenApi {
  try {
    return { paths: {}, ...(JSON.parse(text) as Partial<OpenApi>) };
  } catch {
    return { paths: {} };
  }
}

/** What to ask of a service so that its answers show that the edge proxy routes to it as the table says. */
export function questionsOf(service: RoutedService, document: OpenApi): Question[] {
  const { prefix, hosts } = service.ingress;
  const get = { method: 'GET', expects: 200, from: 'itself' } as const;
  const nobodys = { method: 'GET', expects: 404, from: 'another' } as const;
  return [
    ...[live, ready, OPENAPI_PATH].map((path) => ({ ...get, path: `${prefix}${path}` })),
    ...hosts.map((host) => ({ ...get, path: live, host })),
    ...hosts.map((host) => ({ ...get, expects: 404 as const, path: `${prefix}${live}`, host })),
    { ...get, expects: 404, path: `${prefix}/no-such-path` },
    otherMethod(service, document),
    ...[`${prefix}x`, `${prefix}x${live}`].map((path) => ({ ...nobodys, path })),
  ];
}

/** A method that neither the table nor the document has, on a path that is known. */
function otherMethod(service: RoutedService, document: OpenApi): Question {
  const path = ownRoutes(service).find((rule) => !rule.path.includes('*'))?.path ?? live;
  const allowed = service.routes.filter((rule) => rule.path === path).map((rule) => rule.method);
  const documented = Object.keys(document.paths[path] ?? {}).map((method) => method.toUpperCase());
  const method = METHODS.find((each) => !allowed.includes(each) && !documented.includes(each)) ?? 'TRACE';
  return { method, path: `${service.ingress.prefix}${path}`, expects: 405, from: 'itself', allowed };
}

/**
 * Looks whether an answer is what its question expects.
 * @param names `x-served-by` of the service's replicas, where they are known
 */
export function judge(
  check: Check,
  service: RoutedService,
  question: Question,
  answer: Pick<Answer, 'status' | 'headers' | 'text'>,
  names: readonly string[] | undefined,
): void {
  const { method, path, host, expects, from, allowed } = question;
  const what = `${method} ${host === undefined ? '' : `${host}.<domain>`}${path}`;
  check.equal(what, answer.status, expects);
  const by = String(answer.headers['x-served-by']);
  const whose = `${from === 'itself' ? 'a' : 'no'} replica of ${service.name}`;
  if (names) check.holds(`${what} is answered by ${whose}`, names.includes(by) === (from === 'itself'), by);
  if (expects !== 200 && from === 'itself') isProblem(check, what, answer);
  if (allowed === undefined) return;
  const named = String(answer.headers.allow).split(/, */);
  check.equal(
    `${what}: methods of the path that Allow does not name`,
    allowed.filter((each) => !named.includes(each)),
    [],
  );
  check.holds(`${what}: Allow does not name it`, !named.includes(method), named.join(', '));
}

function isProblem(check: Check, what: string, { status, headers, text }: Pick<Answer, 'status' | 'headers' | 'text'>) {
  const type = String(headers['content-type']);
  check.holds(`${what} is a problem document`, type.startsWith('application/problem+json'), type);
  const problem = problemOf(text);
  check.equal(`${what}: status of the problem`, problem.status, status);
  check.holds(`${what}: the problem has a request id`, Boolean(problem.request_id), text.slice(0, 200));
  check.equal(`${what}: x-request-id`, headers['x-request-id'], problem.request_id);
}

function problemOf(text: string): Partial<Problem> {
  try {
    return JSON.parse(text) as Partial<Problem>;
  } catch {
    return {};
  }
}

/** Routes of the table that a service's document does not have: what is `*` there is a parameter here. */
export function undocumented(service: RoutedService, document: OpenApi): string[] {
  const documented = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => ({ method: method.toUpperCase(), parts: path.split('/') })),
  );
  return ownRoutes(service)
    .filter(({ path }) => !UNDOCUMENTED.test(path))
    .filter(
      ({ method, path }) =>
        !documented.some((each) => each.method === method && isDocumentedAs(path.split('/'), each.parts)),
    )
    .map(({ method, path }) => `${method} ${path}`);
}

const isDocumentedAs = (route: readonly string[], parts: readonly string[]): boolean =>
  route.length === parts.length &&
  route.every((part, at) => (part === '*' ? /^\{.+\}$/.test(parts[at] ?? '') : part === parts[at]));
