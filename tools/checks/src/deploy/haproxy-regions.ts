import { type RouteRule, variableOf } from '@nestfleet/contracts';
import { isCatchAll, type RoutedRow } from './services-table.ts';

export const HAPROXY = {
  edgeProxy: 'deploy/haproxy/edge-proxy.cfg',
  docker: 'deploy/haproxy/docker.cfg',
  consul: 'deploy/haproxy/consul.cfg',
} as const;

/**
 * SLOTS are the replicas of a service that HAProxy has room for; one without a slot gets no requests. The documents scale
 * to 10 at most, and one that was just replaced keeps its slot for seconds.
 */
export const SLOTS = 12;

/**
 * haproxyRegions are the generated regions of HAProxy's files, in the order in which a file has them.
 * @param routed the longest prefix first
 */
export function haproxyRegions(routed: readonly RoutedRow[]): Readonly<Record<string, readonly string[]>> {
  const backends = (addressOf: (service: RoutedRow) => string): string =>
    routed.map((service) => text(backend(service, addressOf(service)))).join('\n');
  return {
    [HAPROXY.edgeProxy]: [text(routing(routed)), text([monitor(routed)])],
    [HAPROXY.docker]: [backends(({ name, ports }) => `${name}:${ports.http} resolvers docker`)],
    [HAPROXY.consul]: [
      backends(({ name }) => `_${name}._tcp.service.consul resolvers consul resolve-opts allow-dup-ip`),
    ],
  };
}

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);

function routing(routed: readonly RoutedRow[]): string[] {
  const prefixed = routed.filter((service) => !isCatchAll(service));
  const host = 'req.hdr(host),host_only,lower';
  return indented([
    '# Under DOMAIN a name is one service, and its paths are its own; names that no service has go where all else goes.',
    `acl named_host ${host} -m end ".\${DOMAIN}"`,
    // The last line that fits wins, and with it the longest prefix.
    ...prefixed
      .toReversed()
      .flatMap(({ shortName: name, ingress: { hosts, prefix, paths } }) => [
        ...(hosts.length === 0
          ? []
          : [`acl ${name}_host ${host} -m str ${hosts.map((label) => `"${label}.\${DOMAIN}"`).join(' ')}`]),
        `acl ${name}_prefix path ${prefix}`,
        `acl ${name}_prefix path -m beg ${prefix}/`,
        ...(paths.length === 0 ? [] : [`acl ${name}_path path ${paths.join(' ')}`]),
        `http-request set-var(txn.to) str(${name}) if ${[
          ...(hosts.length === 0 ? [] : [`${name}_host`]),
          `!named_host ${name}_prefix`,
          ...(paths.length === 0 ? [] : [`!named_host ${name}_path`]),
        ].join(' or ')}`,
        `http-request set-var(txn.path) str(stripped) if !named_host ${name}_prefix`,
      ]),
    'acl stripped var(txn.path) -m str stripped',
    ...prefixed.flatMap(({ shortName: name, ingress: { prefix } }) => [
      `acl to_${name} var(txn.to) -m str ${name}`,
      `http-request set-header X-Forwarded-Prefix ${prefix} if stripped to_${name}`,
      `http-request replace-path ${prefix}/?(.*) /\\1 if stripped to_${name}`,
    ]),
    ...prefixed.map(({ shortName: name }) => `use_backend ${name} if to_${name}`),
    ...routed.filter(isCatchAll).map(({ shortName }) => `default_backend ${shortName}`),
  ]);
}

const monitor = (routed: readonly RoutedRow[]): string =>
  `    monitor fail if ${routed.map(({ shortName }) => `{ nbsrv(${shortName}) lt 1 }`).join(' or ')}`;

function backend(service: RoutedRow, address: string): string[] {
  const { shortName } = service;
  return [
    `backend ${shortName} from replicas`,
    ...indented([
      ...retries(service.routes),
      `server-template ${shortName} "\${${variableOf(service)}_SLOTS-${SLOTS}}" ${address}`,
    ]),
  ];
}

/** What a request needs besides its method and path; of two lines a replica may take the other one, or none. */
const GUARDS: Readonly<Record<string, { readonly names: string; readonly acls: readonly string[] }>> = {
  idempotent: { names: '', acls: [] },
  'idempotent-with-if-match': {
    names: ' one_match has_match',
    acls: [
      '# An entity tag: "*" holds also of what somebody else wrote in between.',
      'acl one_match req.fhdr_cnt(if-match) eq 1',
      `acl has_match req.fhdr(if-match) -m reg '^"[^"]*"( *, *"[^"]*")*$'`,
    ],
  },
  'idempotent-with-idempotency-key': {
    names: ' has_key',
    acls: ['acl has_key req.fhdr_cnt(idempotency-key) eq 1'],
  },
};

/** Off unless somebody diagnoses a proxy, which then had better not hide what it does. */
const isDiagnostic = ({ path }: RouteRule): boolean => path.startsWith('/diagnostics/');

/** What was sent and not answered is sent again only where the retry policy of its route allows it. */
function retries(routes: readonly RouteRule[]): string[] {
  const allowed = Object.entries(GUARDS).flatMap(([policy, { names, acls }]) => {
    const groups = methodsByPaths(routes.filter((rule) => rule.retryPolicy === policy && !isDiagnostic(rule)));
    if (groups.length === 0) return [];
    const named = groups.map(({ methods, paths }) => {
      const name = `${policy.replace(/^idempotent-with-/, '').replaceAll('-', '_')}_${methods.join('_').toLowerCase()}`;
      const acl = [`acl ${name} method ${methods.join(' ')}`, ...pathAcls(`${name}_path`, paths)];
      return { acl, condition: `${name} ${name}_path${names}` };
    });
    const lines = [...named.flatMap(({ acl }) => acl), ...acls];
    return [{ lines, conditions: named.map(({ condition }) => condition) }];
  });
  const conditions = allowed.flatMap((each) => each.conditions);
  const unless = conditions.length === 0 ? '' : ` unless ${conditions.join(' or ')}`;
  return [...allowed.flatMap(({ lines }) => lines), `http-request disable-l7-retry${unless}`];
}

/** Methods with the same paths come together. HEAD does what GET does, without the body. */
function methodsByPaths(rules: readonly RouteRule[]): { methods: string[]; paths: string[] }[] {
  const byMethod = Map.groupBy(rules, ({ method }) => method);
  const groups = Map.groupBy(byMethod, ([, own]) => JSON.stringify(own.map(({ path }) => path).toSorted()));
  return [...groups.values()].map((group) => ({
    methods: group.flatMap(([method]) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
    paths: (group[0]?.[1] ?? []).map(({ path }) => path),
  }));
}

const isBeginning = (path: string): boolean => path.indexOf('*') === path.length - 1 && path.endsWith('/*');

/** `*` is one segment. At the end HAProxy takes more; where that has another policy, the rule `deploy` finds it. */
function pathAcls(name: string, paths: readonly string[]): string[] {
  const beginnings = paths.filter(isBeginning).map((path) => path.slice(0, -1));
  const patterns = paths.filter((path) => path.includes('*') && !isBeginning(path));
  const exact = paths.filter((path) => !path.includes('*'));
  return [
    ...(exact.length === 0 ? [] : [`acl ${name} path ${exact.join(' ')}`]),
    ...(beginnings.length === 0 ? [] : [`acl ${name} path -m beg ${beginnings.join(' ')}`]),
    ...(patterns.length === 0 ? [] : [`acl ${name} path -m reg ${patterns.map(patternOf).join(' ')}`]),
  ];
}

const patternOf = (path: string): string => `'^${path.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}$'`;
