import type { RoutedRow, TableRow } from '../deploy/services-table.ts';
import { sameJson } from './compare.ts';
import { isSelected, isWorkload, type KubernetesObject, type Labels, named } from './objects.ts';
import { catalogOf } from './overlays.ts';

interface ServiceObject extends KubernetesObject {
  readonly spec: {
    readonly selector?: Labels;
    readonly clusterIP?: string;
    readonly ports: readonly { readonly name?: string; readonly port: number; readonly targetPort?: unknown }[];
  };
}

interface Role extends KubernetesObject {
  readonly rules?: readonly {
    readonly apiGroups?: readonly string[];
    readonly resources?: readonly string[];
    readonly verbs?: readonly string[];
  }[];
}

interface Route extends KubernetesObject {
  readonly spec: { readonly rules?: readonly unknown[] };
}

/** What the gateway may ask, and nobody else may ask anything. */
const ALLOWED = 'discovery.k8s.io endpointslices get,list,watch';
/** Fields of HTTPRoute that only the experimental channel of the Gateway API has. */
const EXPERIMENTAL = ['retry', 'sessionPersistence'];

/** serviceFindings: each Service selects its pods by named ports, which is what the catalog and the monitors go by. */
export function serviceFindings(objects: readonly KubernetesObject[], rows: readonly TableRow[]): string[] {
  const services = objects.filter((each): each is ServiceObject => each.kind === 'Service' && each.apiVersion === 'v1');
  const workloads = objects.filter(isWorkload);
  return [
    ...rows.filter(({ name }) => named(services, name) === undefined).map(({ name }) => `${name} has no Service`),
    ...services.flatMap(({ metadata, spec }) => {
      const selected = workloads.filter((each) => isSelected(spec.selector, each.spec.template.metadata?.labels));
      const known = selected.flatMap(({ spec: { template } }) =>
        template.spec.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name)),
      );
      const row = rows.find(({ name }) => name === metadata.name);
      return [
        ...(selected.length === 1 ? [] : [`selects the pods of ${selected.length} workloads, expected one`]),
        ...spec.ports
          .filter(({ name, targetPort }) => name === undefined || targetPort !== name || !known.includes(name))
          .map(({ name, port }) => `has port ${port} (${name ?? 'no name'}), which is no named port of its pods`),
        ...(row === undefined ? [] : missingPorts(spec, row)),
      ].map((message) => `the Service ${metadata.name} ${message}`);
    }),
  ];
}

function missingPorts({ ports, clusterIP }: ServiceObject['spec'], row: TableRow): string[] {
  const expected = ['http', ...(row.ports.rpc === undefined ? [] : ['rpc']), 'control'];
  const isRouted = row.ingress !== undefined;
  return [
    ...expected.filter((name) => !ports.some((port) => port.name === name)).map((name) => `lacks the port ${name}`),
    ...(isRouted || clusterIP === 'None' ? [] : ['has an address, and nothing is routed to it']),
  ];
}

/** accessFindings: the gateway alone may ask the API server, and for endpoint slices of its namespace alone. */
export function accessFindings(overlay: string, objects: readonly KubernetesObject[]): string[] {
  const cluster = objects.filter(({ kind }) => kind === 'ClusterRole' || kind === 'ClusterRoleBinding');
  const roles = objects.filter((each): each is Role => each.kind === 'Role');
  const granted = roles.flatMap(({ rules = [] }) =>
    rules.map(
      ({ apiGroups = [], resources = [], verbs = [] }) =>
        `${apiGroups.join(',')} ${resources.join(',')} ${verbs.toSorted().join(',')}`,
    ),
  );
  const expected = catalogOf(overlay) === 'kubernetes' ? [ALLOWED] : [];
  const bindings = objects.filter(({ kind }) => kind === 'RoleBinding');
  return [
    ...cluster.map(({ kind, metadata }) => `the ${kind} ${metadata.name} is of the whole cluster`),
    ...(granted.join('; ') === expected.join('; ')
      ? []
      : [`the roles allow "${granted.join('; ')}", expected "${expected.join('; ')}"`]),
    ...(bindings.length === expected.length
      ? []
      : [`there are ${bindings.length} role bindings, expected ${expected.length}`]),
  ];
}

/** routeFindings: the HTTPRoutes of an overlay are those of the table, prefix taken off, by stable fields alone. */
export function routeFindings(objects: readonly KubernetesObject[], rows: readonly RoutedRow[]): string[] {
  const routes = objects.filter((each): each is Route => each.kind === 'HTTPRoute');
  const ingresses = objects.filter(({ kind }) => kind === 'Ingress');
  const messages = ingresses.map(
    ({ metadata }) => `the Ingress ${metadata.name} takes no prefix off: use an HTTPRoute`,
  );
  if (routes.length === 0) return messages;
  return [
    ...messages,
    ...routes.flatMap(({ apiVersion, metadata, spec }) => [
      ...(apiVersion === 'gateway.networking.k8s.io/v1' ? [] : [`the HTTPRoute ${metadata.name} is ${apiVersion}`]),
      ...EXPERIMENTAL.filter((field) => (spec.rules ?? []).some((rule) => Object.hasOwn(rule as object, field))).map(
        (field) => `the HTTPRoute ${metadata.name} has ${field}, which is experimental`,
      ),
    ]),
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
