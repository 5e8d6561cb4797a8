import { type RoutedRow, routedRows, type TableRow } from '../deploy/services-table.ts';
import { differingJson, sameJson } from './compare.ts';
import { type KubernetesObject, named } from './objects.ts';
import { balancerOf } from './overlays.ts';

interface Gateway extends KubernetesObject {
  readonly spec: { readonly listeners?: readonly { readonly allowedRoutes?: unknown }[] };
}

interface Route extends KubernetesObject {
  readonly spec: { readonly parentRefs?: unknown; readonly rules?: readonly unknown[] };
}

const GATEWAY_API = 'gateway.networking.k8s.io/';
/** Fields of HTTPRoute that only the experimental channel of the Gateway API has. */
const EXPERIMENTAL = ['retry', 'sessionPersistence'];

/**
 * routeFindings: the HTTPRoutes of an overlay are those of the table, prefix taken off, by stable fields alone, at one Gateway. An
 * overlay whose pods know of no Gateway has none.
 */
export function routeFindings(
  overlay: string,
  objects: readonly KubernetesObject[],
  rows: readonly TableRow[],
): string[] {
  const ofGateway = objects.filter(({ apiVersion }) => apiVersion.startsWith(GATEWAY_API));
  const isBehindGateway = rows.some((row) => balancerOf(overlay, row) === 'kubernetes-gateway');
  return [
    ...objects
      .filter(({ kind }) => kind === 'Ingress')
      .map(({ metadata }) => `the Ingress ${metadata.name} takes no prefix off: use an HTTPRoute`),
    ...(isBehindGateway
      ? gatewayFindings(ofGateway, routedRows(rows))
      : ofGateway.map(
          ({ kind, metadata }) => `has the ${kind} ${metadata.name}, and its pods have no BALANCER for it`,
        )),
  ];
}

const namesOf = (all: readonly { readonly name: string }[]): string[] => all.map(({ name }) => name).toSorted();

function gatewayFindings(objects: readonly KubernetesObject[], rows: readonly RoutedRow[]): string[] {
  const gateways = objects.filter((each): each is Gateway => each.kind === 'Gateway');
  const routes = objects.filter((each): each is Route => each.kind === 'HTTPRoute');
  const parentRefs = gateways.map(({ metadata: { name } }) => ({ name }));
  const others = objects.filter(({ kind }) => kind !== 'Gateway' && kind !== 'HTTPRoute');
  return [
    ...(gateways.length === 1 ? [] : [`has ${gateways.length} Gateways, expected one`]),
    ...gateways.flatMap(({ spec: { listeners = [] } }) => [
      ...(listeners.length > 0 ? [] : ['has a Gateway without a listener']),
      ...listeners.flatMap(({ allowedRoutes }) =>
        differingJson('allowedRoutes', allowedRoutes, { namespaces: { from: 'Same' } }),
      ),
    ]),
    ...differingJson('the HTTPRoutes', namesOf(routes.map(({ metadata }) => metadata)), namesOf(rows)),
    ...others.map(({ kind, metadata }) => `has the ${kind} ${metadata.name}, which the table does not have`),
    ...objects
      .filter(({ apiVersion }) => apiVersion !== `${GATEWAY_API}v1`)
      .map(({ apiVersion, kind, metadata }) => `the ${kind} ${metadata.name} is ${apiVersion}`),
    ...routes.flatMap(({ metadata: { name }, spec }) =>
      [
        ...differingJson('parentRefs', spec.parentRefs, parentRefs),
        ...EXPERIMENTAL.filter((field) => (spec.rules ?? []).some((rule) => Object.hasOwn(rule as object, field))).map(
          (field) => `has ${field}, which is experimental`,
        ),
      ].map((message) => `the HTTPRoute ${name} ${message}`),
    ),
    ...rows.flatMap((row) => {
      const rules = named(routes, row.name)?.spec.rules ?? [];
      const missing = rulesOf(row).filter((expected) => !rules.some((rule) => sameJson(rule, expected)));
      return missing.length === 0 && rules.length === rulesOf(row).length
        ? []
        : [`the HTTPRoute ${row.name} is not that of the table, whose rules are ${JSON.stringify(rulesOf(row))}`];
    }),
  ];
}

function rulesOf({ name, ports, ingress: { prefix, paths } }: RoutedRow): object[] {
  const backendRefs = [{ name, port: ports.http }];
  const rewrite = { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } };
  return [
    {
      ...(prefix === '/' ? {} : { filters: [rewrite] }),
      matches: [{ path: { type: 'PathPrefix', value: prefix } }],
      backendRefs,
    },
    ...(paths.length === 0
      ? []
      : [{ matches: paths.map((value) => ({ path: { type: 'Exact', value } })), backendRefs }]),
  ];
}
