import { join, resolve } from 'node:path';
import type { CommandContext } from '../cli/context.ts';
import { StackFault } from '../faults.ts';
import type { Asked } from './asked.ts';
import { defaultProject, type DockerPlace, type StackChoice } from './place.ts';

type Surroundings = Pick<CommandContext, 'root' | 'asked'>;

/** The folder of secrets that a person named: Compose takes it from deploy/, so everything does. */
export const namedSecrets = ({ root }: Pick<CommandContext, 'root'>, env: NodeJS.ProcessEnv): string =>
  resolve(root, 'deploy', env['SECRETS_DIR'] || 'secrets');

/** What a first `make up` makes of what it was told. */
export function freshChoice({ root, asked }: Surroundings, place: DockerPlace, env: NodeJS.ProcessEnv): StackChoice {
  const project = asked.project ?? defaultProject(root, place.dir);
  const isClonesOwn = place.dir === join(root, '.stack/docker');
  return {
    schema: 1,
    up: true,
    project,
    balancer: asked.balancer ?? 'gateway',
    tls: asked.tls ?? false,
    prometheus: asked.prometheus ?? false,
    // Of the clone's own fleet they are where `docker compose` by hand looks for them too.
    own_secrets: env['SECRETS_DIR'] ? null : isClonesOwn ? join(root, 'deploy/secrets') : place.secrets,
    own_tag: env['NESTFLEET_TAG'] ? null : project,
  };
}

/**
 * A fleet that is up stays as it is at another `make up`.
 * @param isPort public port that it has
 * @throws StackFault other_fleet when it was asked to be another one
 */
export function checkKept(asked: Asked, kept: StackChoice, port: number | undefined, isPort: number | undefined): void {
  const differs: string[] = (['balancer', 'tls', 'prometheus', 'project'] as const)
    .filter((name) => asked[name] !== undefined && asked[name] !== kept[name])
    .map((name) => `${name} ${String(kept[name])}`);
  if (port !== undefined && port !== 0 && port !== isPort) differs.push(`port ${String(isPort)}`);
  if (differs.length > 0)
    throw new StackFault('other_fleet', `the fleet is up with ${differs.join(', ')} and stays; make down first`);
}
