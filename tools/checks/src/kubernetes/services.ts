import type { TableRow } from '../deploy/services-table.ts';
import { isSelected, isWorkload, type KubernetesObject, type Labels, named } from './objects.ts';

interface ServiceObject extends KubernetesObject {
  readonly spec: {
    readonly selector?: Labels;
    readonly clusterIP?: string;
    readonly ports: readonly { readonly name?: string; readonly port: number; readonly targetPort?: unknown }[];
  };
}

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
