import { StackFault } from '../core/faults.ts';
import { LOCAL_EDGE_PROXIES } from '../core/supervisor-settings.ts';
import type { FleetOptions, Engine } from '../core/options.ts';

/** DockerStatus says whether Docker with Compose v2 answers: its versions for people, or why not. */
export type DockerStatus = { readonly versions: string } | { readonly unavailable: string };

/** needsDocker lists the options that only containers have, as make spells them; empty when any engine will do. */
function needsDocker({ balancer, tls, prometheus }: FleetOptions): string[] {
  const isLocal = balancer === undefined || LOCAL_EDGE_PROXIES.some((each) => each === balancer);
  const proxy = isLocal ? [] : [`BALANCER=${balancer}`];
  return [...proxy, ...(tls === true ? ['TLS=1'] : []), ...(prometheus === true ? ['PROMETHEUS=1'] : [])];
}

/** needsDockerStatus: Docker is detected only where that decides, since a machine without it must not wait for it. */
export const needsDockerStatus = ({ engine }: FleetOptions, running: Engine | undefined): boolean =>
  running === undefined ? engine !== 'local' : running === 'docker';

/**
 * chooseEngine answers which engine a command is for: the one whose fleet is up, else the one that was named, else Docker
 * where it answers.
 * @throws StackFault other_fleet, no_docker, bad_argument
 */
export function chooseEngine(
  options: FleetOptions,
  running: Engine | undefined,
  docker: DockerStatus | undefined,
): Engine {
  if (running !== undefined && options.engine !== undefined && options.engine !== running)
    throw new StackFault('other_fleet', `a fleet of the ${running} engine is up in this stack folder: make down first`);
  const engine = running ?? options.engine ?? (options.externalProxies === undefined ? undefined : 'local');
  if (engine === 'docker' && options.externalProxies !== undefined)
    throw new StackFault('bad_argument', 'between containers there is one edge proxy: name one BALANCER');
  const needs = needsDocker(options);
  if (engine === 'local') {
    if (needs.length === 0) return 'local';
    throw new StackFault(
      'bad_argument',
      `the local engine has the edge proxies ${LOCAL_EDGE_PROXIES.join(' and ')}: ${needs.join(' ')} needs ENGINE=docker`,
    );
  }
  if (docker !== undefined && 'versions' in docker) return 'docker';
  const unavailable = docker?.unavailable ?? 'it was not looked for';
  if (engine === 'docker') throw new StackFault('no_docker', `the Docker engine cannot be used: ${unavailable}`);
  if (needs.length === 0) return 'local';
  throw new StackFault('no_docker', `${needs.join(' ')} needs Docker, and it cannot be used: ${unavailable}`);
}
