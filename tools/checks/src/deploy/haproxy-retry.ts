import type { RouteRule } from '@nestfleet/contracts';
import type { Finding } from '../rule.ts';

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

/**
 * HAProxy sends again what was sent and not answered (`retry-on empty-response`) exactly where the retry policy of
 * the route allows it. Reads the few forms of `acl` that the configuration has; any other is a finding.
 */
export function retryFindings(file: string, text: string, rules: readonly RouteRule[]): Finding[] {
  const acls = new Map<string, Test[]>();
  const findings: Finding[] = [];
  let allowed: Test | undefined;
  for (const [at, line] of text.split('\n').entries()) {
    const words = line.trim().split(/\s+/);
    if (words[0] === 'acl' && words[1] !== undefined) {
      const test = testOf(words.slice(2));
      acls.set(words[1], [...(acls.get(words[1]) ?? []), test ?? (() => false)]);
    }
    const [, unless] = line.split('http-request disable-l7-retry unless ');
    if (unless === undefined) continue;
    const names = unless.trim().split(/\s+/);
    for (const name of names.filter((each) => each !== 'or' && !acls.has(each)))
      findings.push({ file, line: at + 1, message: `"${name}" is no acl above` });
    allowed = anyOf(
      unless.split(' or ').map((all) =>
        allOf(
          all
            .trim()
            .split(/\s+/)
            .map((name) => anyOf(acls.get(name) ?? [])),
        ),
      ),
    );
  }
  if (allowed === undefined)
    return [{ file, message: 'has no "http-request disable-l7-retry unless": all is sent again' }];
  const retries = allowed;
  return [
    ...findings,
    ...rules.flatMap((rule) =>
      CONDITIONS.flatMap((condition): Finding[] => {
        const path = rule.path.replaceAll('*', 'x');
        const does = retries({ method: rule.method, path, ...condition });
        const may = isIdempotent(rule, condition);
        if (does === may || (may && NOT_RETRIED.test(path))) return [];
        const header =
          condition.header === undefined
            ? ''
            : ` with ${condition.lines.map((line) => `${condition.header}: ${line}`).join(' and ')}`;
        const request = `${rule.method} ${rule.path}${header}`;
        return [
          {
            file,
            message: does ? `sends ${request} again, which may be done twice` : `does not send ${request} again`,
          },
        ];
      }),
    ),
  ];
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
  if (args[0] === '-m' && args[1] === 'end') return ({ path }) => args.slice(2).some((end) => path.endsWith(end));
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
