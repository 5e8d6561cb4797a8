import { type Container, type KubernetesObject, podSpecsOf, type PodSpec } from './objects.ts';

interface SecretObject extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** What the Secret of production has, which somebody makes by hand; a spec holds the README to it. */
export const PRODUCTION_SECRET = {
  name: 'nestfleet-secrets',
  keys: ['control_token', 'ops_token', 'redis_url', 'session_keys'],
} as const;

/** secretFindings: each file that a variable names is mounted, and each key that is mounted is in its Secret. */
export function secretFindings(objects: readonly KubernetesObject[]): string[] {
  const secrets = objects.filter((each): each is SecretObject => each.kind === 'Secret');
  const keysOf = (secretName: string | undefined): readonly string[] | undefined => {
    const secret = secrets.find(({ metadata }) => metadata.name === secretName);
    if (secret !== undefined) return Object.keys(secret.data ?? {});
    return secretName === PRODUCTION_SECRET.name ? PRODUCTION_SECRET.keys : undefined;
  };
  return objects.flatMap((object) =>
    podSpecsOf(object)
      .flatMap((pod) => [
        ...(pod.volumes ?? []).flatMap(({ secret }) => {
          if (secret === undefined) return [];
          const keys = keysOf(secret.secretName);
          if (keys === undefined) return [`mounts the Secret ${secret.secretName ?? ''}, which nobody makes`];
          return (secret.items ?? [])
            .filter(({ key }) => !keys.includes(key))
            .map(({ key }) => `mounts the key ${key}, which is not in its Secret`);
        }),
        ...pod.containers.flatMap((container) => {
          const mounted = mountedFiles(pod, container);
          return (container.env ?? [])
            .filter(({ name, value }) => name.endsWith('_FILE') && !mounted.includes(value ?? ''))
            .map(({ name, value }) => `has ${name} ${value ?? 'not set'}, where no secret is mounted`);
        }),
      ])
      .map((message) => `${object.metadata.name} ${message}`),
  );
}

const mountedFiles = ({ volumes = [] }: PodSpec, { volumeMounts = [] }: Container): string[] =>
  volumeMounts.flatMap(({ name, mountPath }) =>
    (volumes.find((volume) => volume.name === name)?.secret?.items ?? []).map(({ path }) => `${mountPath}/${path}`),
  );
