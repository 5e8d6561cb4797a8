import type { Finding } from '../rule.ts';
import type { Workspace } from '../workspace.ts';
import { readYaml, type Service } from './compose-file.ts';
import { isCatchAll, type RoutedRow, routedRows, type TableRow } from './services-table.ts';
import type { Deployed } from './topologies.ts';
import { entryPointFaults, entryPointsOf, environmentFaults, waitingFaults } from './traefik-environment.ts';
import { DOMAIN, LABELS_FILE, labelsOf, tagsOf } from './traefik-labels.ts';
import { bodyFaults, retryFaults } from './traefik-retry.ts';
import { linesOf, routingFaults, type Source } from './traefik-routes.ts';

/** What is wrong with Traefik as the edge proxy: its settings, its routes, and labels that are not the generated ones. */
export function traefikFindings(
  deployed: Deployed,
  rows: readonly TableRow[],
  workspace: Pick<Workspace, 'files' | 'read'>,
): Finding[] {
  const { balancer, files, compose } = deployed;
  const traefik = compose.services.get('edge-proxy');
  if (traefik === undefined || !balancer.startsWith('traefik')) return [];
  const mounted = mountedFiles(traefik, workspace);
  const provider = balancer === 'traefik' ? 'docker' : 'consulcatalog';
  const routed = routedRows(rows);
  const sources = routed.map((service): Source => ({ from: service.name, lines: tagsOf(service) }));
  const prefixes = routed.filter((row) => !isCatchAll(row)).map(({ ingress }) => ingress.prefix);
  const labelled = routed.filter(({ name }) => balancer === 'traefik' && compose.services.has(name));
  const faults = [
    ...environmentFaults(balancer, traefik.environment),
    ...entryPointFaults(traefik.environment, mounted.lines),
    ...waitingFaults(traefik.environment, mounted.lines),
    ...routingFaults(sources, mounted, entryPointsOf(traefik.environment), prefixes, provider),
    ...retryFaults(sources, mounted, routed, DOMAIN),
    ...bodyFaults([...sources, mounted]),
    ...labelled.flatMap((service) => labelFaults(service, compose.services.get(service.name))),
  ];
  return faults.map((message) => ({ file: files.at(-1) ?? '', message }));
}

/** What Traefik's file provider reads: the files of deploy/traefik/dynamic that this combination mounts. */
function mountedFiles({ volumes, environment }: Service, { files, read }: Pick<Workspace, 'files' | 'read'>): Source {
  const all = files.filter((file) => /^deploy\/traefik\/dynamic\/[^/]+\.yaml$/.test(file));
  const mounted = all.filter((file) => volumes.some((volume) => volume.includes(`dynamic/${file.split('/').at(-1)}:`)));
  const filled = (file: string): string =>
    read(file).replaceAll(/\{\{ env "(\w+)" \}\}/g, (_, name: string) => environment[name] ?? '');
  return { from: 'dynamic files', lines: mounted.flatMap((file) => linesOf(readYaml(filled(file)))) };
}

function labelFaults(service: RoutedRow, container: Service | undefined): string[] {
  const labels = Object.entries(container?.labels ?? {}).filter(([key]) => /^traefik\./i.test(key));
  if (textOf(labels) === textOf(labelsOf(service))) return [];
  return [
    `${service.name}: labels differ from the tags of its registration: extend it from ${LABELS_FILE}, with no other`,
  ];
}

const textOf = (labels: Source['lines']): string =>
  JSON.stringify([...labels].toSorted(([a], [b]) => (a < b ? -1 : 1)));
