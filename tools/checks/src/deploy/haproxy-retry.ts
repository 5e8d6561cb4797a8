import type { RouteRule } from '@nestfleet/contracts';
import type { Finding } from '../rule.ts';
import type { TableRow } from './services-table.ts';

/** One request, as HAProxy's rules see it behind its prefix. */
interface ProbedRequest {
  readonly method: string;
  readonly path: string;
  /** The one header that matters, lower case, and what its lines say. */
  readonly header: string | undefined;
  readonly lines: readonly string[];
}

type Test = (request: ProbedRequest) => boolean;

interface Condition extends Pick<ProbedRequest, 'header' | 'lines'> {
  /** Guards against being done twice: all of its lines say so, not one of them. */
  readonly guards: boolean;
}

/** What `If-Match: *` asks holds a second time too, and so guards nothing. */
const CONDITIONS: readonly Condition[] = [
  { header: undefined, lines: [], guards: false },
  { header: 'if-match', lines: ['"1"'], guards: true },
  { header: 'if-match', lines: ['"1", "2"'], guards: true },
  { header: 'if-match', lines: ['*'], guards: false },
  { header: 'if-match', lines: ['"1", *'], guards: false },
  { header: 'if-match', lines: ['"1"', '*'], guards: false },
  { header: 'if-match', lines: ['*', '"1"'], guards: false },
  { header: 'idempotency-key', lines: ['k'], guards: true },
  { header: 'idempotency-key', lines: ['k', 'l'], guards: false },
];
/** Off unless somebody diagnoses a proxy, which then had better not hide what it does. */
const NOT_RETRIED = /^\/diagnostics\//;

/** What the rules look at of a service. */
type Retried = Pick<TableRow, 'shortName' | 'routes'>;

/**
 * HAProxy sends again what was sent and not answered (`retry-on empty-response`) exactly where the retry policy of
 * the route allows it. Reads the few forms of `acl` that a backend of a service has; any other is a finding.
 */
export function retryFindings(file: string, text: string, services: readonly Retried[]): Finding[] {
  return services.flatMap(({ shortName, routes }): Finding[] => {
    const lines = backendOf(text, shortName);
    if (lines.length === 0) return [{ file, message: `has no "backend ${shortName}"` }];
    const { retries, faults } = retriesOf(lines);
    const found = retries === undefined ? faults : [...faults, ...routes.flatMap((rule) => ruleFaults(rule, retries))];
    return found.map((message) => ({ file, message: `${shortName}: ${message}` }));
  });
}

/** The lines of a section, without those of the next one. */
function backendOf(text: string, name: string): string[] {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.split(/\s+/).slice(0, 2).join(' ') === `backend ${name}`);
  if (from < 0) return [];
  const length = lines.slice(from + 1).findIndex((line) => /^\w/.test(line));
  return lines.slice(from, length < 0 ? undefined : from + 1 + length);
}

/** Which requests the rules of a backend send again. */
function retriesOf(lines: readonly string[]): { retries?: Test; faults: string[] } {
  const acls = new Map<string, Test[]>();
  for (const line of lines) {
    const [word, name, ...words] = line.trim().split(/\s+/);
    if (word === 'acl' && name !== undefined)
      acls.set(name, [...(acls.get(name) ?? []), testOf(words) ?? (() => false)]);
  }
  const rule = lines.flatMap((line) => /^\s*http-request disable-l7-retry( unless .+)?$/.exec(line) ?? []);
  if (rule.length === 0) return { faults: ['has no "http-request disable-l7-retry": all is sent again'] };
  const conditions = rule[1]?.trim().split(/\s+/).slice(1);
  if (conditions === undefined) return { retries: () => false, faults: [] };
  const unknown = conditions.filter((name) => name !== 'or' && !acls.has(name));
  const alternatives = conditions.join(' ').split(' or ');
  return {
    retries: anyOf(alternatives.map((all) => allOf(all.split(' ').map((name) => anyOf(acls.get(name) ?? []))))),
    faults: unknown.map((name) => `"${name}" is no acl`),
  };
}

function ruleFaults(rule: RouteRule, retries: Test): string[] {
  return CONDITIONS.flatMap((condition) => {
    const path = rule.path.replaceAll('*', 'x');
    const does = retries({ method: rule.method, path, ...condition });
    const may = isIdempotent(rule, condition);
    if (does === may || (may && NOT_RETRIED.test(path))) return [];
    const headers = condition.lines.map((line) => `${condition.header}: ${line}`).join(' and ');
    const request = `${rule.method} ${rule.path}${headers === '' ? '' : ` with ${headers}`}`;
    return does ? `sends ${request} again, which may be done twice` : `does not send ${request} again`;
  });
}

function isIdempotent({ retryPolicy }: RouteRule, { header, guards }: Condition): boolean {
  if (retryPolicy === 'idempotent-with-if-match') return header === 'if-match' && guards;
  if (retryPolicy === 'idempotent-with-idempotency-key') return header === 'idempotency-key' && guards;
  return retryPolicy === 'idempotent';
}

function testOf([fetch = '', ...args]: readonly string[]): Test | undefined {
  if (fetch === 'method') return ({ method }) => args.includes(method);
  const [, sample, header = ''] = /^req\.(fhdr|fhdr_cnt)\((.+)\)$/.exec(fetch) ?? [];
  const linesOf = (request: ProbedRequest): readonly string[] => (request.header === header ? request.lines : []);
  if (sample === 'fhdr_cnt' && args.join(' ') === 'eq 1') return (request) => linesOf(request).length === 1;
  const pattern = /^-m reg '(.+)'$/.exec(args.join(' '))?.[1];
  // As HAProxy does, of several lines the last.
  if (sample === 'fhdr' && pattern !== undefined)
    return (request) => new RegExp(pattern).test(linesOf(request).at(-1) ?? '');
  if (fetch !== 'path') return undefined;
  if (args[0] === '-m' && args[1] === 'beg')
    return ({ path }) => args.slice(2).some((beginning) => path.startsWith(beginning));
  if (args[0] === '-m' && args[1] === 'reg')
    return ({ path }) => args.slice(2).some((quoted) => new RegExp(quoted.slice(1, -1)).test(path));
  return args[0]?.startsWith('-') ? undefined : ({ path }) => args.includes(path);
}

const anyOf =
  (tests: readonly Test[]): Test =>
  (request) =>
    tests.some((test) => test(request));
const allOf =
  (tests: readonly Test[]): Test =>
  (request) =>
    tests.every((test) => test(request));
