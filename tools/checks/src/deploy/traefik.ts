import { traefikTags } from '@nestfleet/discovery';
import type { Finding } from '../rule.ts';
import type { Workspace } from '../workspace.ts';
import { readYaml, type Service } from './compose-file.ts';
import type { Deployed } from './topologies.ts';
import { entryPointFaults, entryPointsOf, environmentFaults } from './traefik-environment.ts';
import { linesOf, routingFaults, type Source } from './traefik-routes.ts';

const routed = ['api', 'frontend-gateway'];
const domain = '${DOMAIN:-localhost}';
const network = '${COMPOSE_PROJECT_NAME:-nestfleet}_inner';

/** What is wrong with a Traefik balancer: its settings, its routes, and labels that are not the tags of the registration. */
export function traefikFindings(deployed: Deployed, workspace: Pick<Workspace, 'files' | 'read'>): Finding[] {
  const { balancer, files, compose } = deployed;
  const traefik = compose.services.get('door');
  if (traefik === undefined || !balancer.startsWith('traefik')) return [];
  const mounted = mountedFiles(traefik, workspace);
  const labels = balancer === 'traefik' ? routed.flatMap((name) => labelSource(name, compose.services.get(name))) : [];
  const sources = balancer === 'traefik' ? labels : routed.map(tagSource);
  const faults = [
    ...environmentFaults(balancer, traefik.environment),
    ...entryPointFaults(traefik.environment, mounted.lines),
    ...routingFaults(sources, mounted, entryPointsOf(traefik.environment)),
    ...(balancer === 'traefik'
      ? labels.flatMap((source) => labelFaults(source, compose.services.get(source.from)))
      : []),
  ];
  return faults.map((message) => ({ file: files.at(-1) ?? '', message }));
}

const pairOf = (tag: string): [string, string] => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)];

function tagSource(name: string): Source {
  return { from: name, lines: traefikTags(name, domain).map(pairOf) };
}

function labelSource(name: string, service: Service | undefined): Source[] {
  if (service === undefined) return [];
  return [{ from: name, lines: Object.entries(service.labels).filter(([key]) => /^traefik\./i.test(key)) }];
}

/** What Traefik's file provider reads: the files of deploy/traefik/dynamic that this combination mounts. */
function mountedFiles({ volumes }: Service, { files, read }: Pick<Workspace, 'files' | 'read'>): Source {
  const all = files.filter((file) => /^deploy\/traefik\/dynamic\/[^/]+\.yaml$/.test(file));
  const mounted = all.filter((file) => volumes.some((volume) => volume.includes(`dynamic/${file.split('/').at(-1)}:`)));
  return { from: 'dynamic files', lines: mounted.flatMap((file) => linesOf(readYaml(read(file)))) };
}

/** So many differences are told; one slip of the pen makes two. */
const SHOWN = 3;

/** One source: the labels of a container say what its registration would, and the port and the network besides. */
function labelFaults({ from, lines }: Source, service: Service | undefined): string[] {
  const port = service?.environment['PORT'];
  const labels = new Map(lines);
  const services = [...labels.keys()].flatMap((key) => /^traefik\.http\.services\.([\w-]+)\./.exec(key)?.[1] ?? []);
  const expected = new Map([
    ...traefikTags(from, domain).map(pairOf),
    ...[...new Set(services)].map((name): [string, string] => [
      `traefik.http.services.${name}.loadbalancer.server.port`,
      port ?? '',
    ]),
    ['traefik.docker.network', network],
  ]);
  const differences = [...new Set([...labels.keys(), ...expected.keys()])]
    .filter((key) => labels.get(key) !== expected.get(key))
    .map((key) => `${key} is ${labels.get(key) ?? 'missing'}, expected ${expected.get(key) ?? 'none'}`);
  if (differences.length === 0) return [];
  const more = differences.length > SHOWN ? ` and ${differences.length - SHOWN} more` : '';
  return [`${from}: labels differ from the tags of its registration: ${differences.slice(0, SHOWN).join('; ')}${more}`];
}
