import { routedServices } from '@nestfleet/contracts';
import { traefikTags } from '@nestfleet/discovery';
import { stringify } from 'yaml';
import type { RoutedRow } from './services-table.ts';

export const LABELS_FILE = 'deploy/traefik/labels.yaml';

/** As Compose fills them in; any other $ is written twice. */
export const DOMAIN = '${DOMAIN:-localhost}';
const network = '${COMPOSE_PROJECT_NAME:-nestfleet}_inner';

export type Labels = readonly (readonly [key: string, value: string])[];

/** The tags that a service registers with in Consul's catalog, as labels. */
export function tagsOf(service: RoutedRow): Labels {
  return traefikTags(service, DOMAIN).map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)]);
}

/** What the container of a service says where no registration does: its tags, its network and its port. */
export function labelsOf(service: RoutedRow): Labels {
  const tags = tagsOf(service);
  const services = tags.flatMap(([key]) => /^traefik\.http\.services\.([\w-]+)\./.exec(key)?.[1] ?? []);
  return [
    ...tags.map(([key, value]) => [key, value.replaceAll(/\$(?!\{DOMAIN:)/g, '$$$$')] as const),
    ['traefik.docker.network', network],
    ...[...new Set(services)].map(
      (name) => [`traefik.http.services.${name}.loadbalancer.server.port`, `${service.ports.http}`] as const,
    ),
  ];
}

const intro = [
  "The labels that compose.traefik.yaml gives to what Traefik routes to: the tags of libs/discovery's traefik-tags.ts, the",
  'network and the port. Made by `node tools/checks/src/generate.ts`; do not edit it by hand.',
].map((line) => `# ${line}\n`);

export function makeLabelsFile(): string {
  const entries = routedServices.map((service) => {
    return [service.name, { labels: Object.fromEntries(labelsOf(service)) }] as const;
  });
  return intro.join('') + stringify({ services: Object.fromEntries(entries) }, { lineWidth: 0, singleQuote: true });
}
