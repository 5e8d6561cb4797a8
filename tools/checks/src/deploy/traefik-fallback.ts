import { HEALTH_PATHS } from '@nestfleet/contracts';
import { stringify } from 'yaml';
import { isCatchAll, routedRows, type RoutedRow, table } from './services-table.ts';

export const FALLBACK_FILE = 'deploy/traefik/dynamic/fallback.yaml';

const intro = [
  'Where no routes of the fleet are known, or none of one service: requests go to the service that has all else, which finds',
  'the replicas of the others by itself. And the route of the health check, which is there only while the routes of the fleet',
  'are. Made by `node tools/checks/src/generate.ts`; do not edit it by hand.',
].map((line) => `# ${line}\n`);

const host = (label: string): string => `Host(\`${label}.{{ env "DOMAIN" }}\`)`;
const path = (...paths: readonly string[]): string => paths.map((each) => `Path(\`${each}\`)`).join(' || ');

/** Above what the prefix `/` has (libs/discovery, traefik-tags.ts), below all else: what Traefik alone serves comes first. */
const PRIORITY = { detour: 25, others: 24 };

/** Detour is a request that Traefik alone serves, and what makes of it one that the gateway knows. */
interface Detour {
  readonly name: string;
  readonly rule: string;
  readonly middleware: object;
}

/**
 * What is another service's, as the gateway knows it. Without a router of its own it would be the gateway's while the routes
 * of that service are not known, over connections that are kept: a GET that changes something could be done twice.
 */
const ruleOf = ({ ingress: { hosts, prefix, paths } }: RoutedRow): string =>
  [...hosts.map(host), path(prefix, ...paths), `PathPrefix(\`${prefix}/\`)`].join(' || ');

function detoursOf({ shortName, ingress }: RoutedRow): Detour[] {
  const { hosts: known, prefix, traefik } = ingress;
  const [ownHost] = known;
  const named = traefik?.hosts ?? [];
  return [
    ...(named.length === 0 || ownHost === undefined
      ? []
      : [
          {
            name: `fallback-${shortName}-hosts`,
            rule: named.map(host).join(' || '),
            middleware: { headers: { customRequestHeaders: { Host: `${ownHost}.{{ env "DOMAIN" }}` } } },
          },
        ]),
    ...Object.entries(traefik?.rewrites ?? {}).map(([key, { host: label, from, to }]) => ({
      name: `fallback-${shortName}-${key}`,
      rule: `${host(label)} && (${path(from, `${from}/`)})`,
      middleware: { replacePath: { path: `${prefix === '/' ? '' : prefix}${to}` } },
    })),
  ];
}

/** makeFallbackFile is the text of the fallback, made from the table of services. */
export function makeFallbackFile(routed: readonly RoutedRow[] = routedRows(table)): string {
  const gateway = routed.find(isCatchAll);
  if (gateway === undefined) throw new Error('no service has the prefix /');
  const detours = routed.flatMap(detoursOf);
  const retry = 'retry-connect-failure';
  const health = {
    entryPoints: ['ping'],
    rule: path('/ping'),
    priority: 1,
    middlewares: ['health-path'],
    service: `${gateway.shortName}-replicas@{{ env "ROUTES_PROVIDER" }}`,
  };
  const routerOf = ({ name, rule }: Detour) =>
    [name, { rule, priority: PRIORITY.detour, middlewares: [name, retry], service: 'fallback' }] as const;
  const others = routed
    .filter((row) => !isCatchAll(row))
    .map((row) => {
      const router = { rule: ruleOf(row), priority: PRIORITY.others, middlewares: [retry], service: 'fallback' };
      return [`fallback-${row.shortName}`, router] as const;
    });
  const http = {
    routers: {
      health,
      fallback: { rule: 'PathPrefix(`/`)', priority: 1, middlewares: [retry], service: 'fallback' },
      ...Object.fromEntries(detours.map(routerOf)),
      ...Object.fromEntries(others),
    },
    middlewares: {
      'health-path': { replacePath: { path: HEALTH_PATHS.live } },
      ...Object.fromEntries(detours.map(({ name, middleware }) => [name, middleware])),
    },
    services: {
      fallback: {
        loadBalancer: {
          servers: [{ url: `http://${gateway.name}:${gateway.ports.http}` }],
          // Which of its requests may be sent twice only the gateway knows.
          serversTransport: 'once',
        },
      },
    },
  };
  return intro.join('') + stringify({ http }, { lineWidth: 0, singleQuote: true });
}
