import { StackFault } from '../faults.ts';
import { LOCAL_DOORS } from '../supervisor/settings.ts';
import type { Asked, Engine } from './asked.ts';

/** Whether Docker with Compose v2 answers: its versions for people, or why not. */
export type DockerAnswer = { readonly versions: string } | { readonly lacks: string };

/** What only containers can do, in the words of make; empty when any engine will do. */
function needsDocker({ balancer, tls, prometheus }: Asked): string[] {
  const isLocal = balancer === undefined || LOCAL_DOORS.some((each) => each === balancer);
  const door = isLocal ? [] : [`BALANCER=${balancer}`];
  return [...door, ...(tls === true ? ['TLS=1'] : []), ...(prometheus === true ? ['PROMETHEUS=1'] : [])];
}

/** Docker is asked only where its answer decides: a machine without it must not wait for it. */
export const mustAskDocker = ({ engine }: Asked, running: Engine | undefined): boolean =>
  running === undefined ? engine !== 'local' : running === 'docker';

/**
 * Which engine a command is for: the one whose fleet is up, else the one that was named, else Docker where it answers.
 * @throws StackFault other_fleet, no_docker, bad_argument
 */
export function chooseEngine(asked: Asked, running: Engine | undefined, docker: DockerAnswer | undefined): Engine {
  if (running !== undefined && asked.engine !== undefined && asked.engine !== running)
    throw new StackFault('other_fleet', `a fleet of the ${running} engine is up in this stack folder: make down first`);
  const engine = running ?? asked.engine ?? (asked.alsoBehind === undefined ? undefined : 'local');
  if (engine === 'docker' && asked.alsoBehind !== undefined)
    throw new StackFault('bad_argument', 'between containers there is one door: name one BALANCER');
  const needs = needsDocker(asked);
  if (engine === 'local') {
    if (needs.length === 0) return 'local';
    throw new StackFault(
      'bad_argument',
      `the local engine has the doors ${LOCAL_DOORS.join(' and ')}: ${needs.join(' ')} needs ENGINE=docker`,
    );
  }
  if (docker !== undefined && 'versions' in docker) return 'docker';
  const lacks = docker?.lacks ?? 'it was not asked';
  if (engine === 'docker') throw new StackFault('no_docker', `the Docker engine cannot be used: ${lacks}`);
  if (needs.length === 0) return 'local';
  throw new StackFault('no_docker', `${needs.join(' ')} needs Docker, and it cannot be used: ${lacks}`);
}
