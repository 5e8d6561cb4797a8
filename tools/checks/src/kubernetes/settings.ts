import { type KubernetesObject, podSpecsOf } from './objects.ts';
import { isForDevelopment } from './overlays.ts';

interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** What a container has of its own: the grace period is the sum for its balancer. */
const OF_A_CONTAINER = new Set(['BALANCER', 'STOP_GRACE_MS']);
const isPartOfSum = (name: string): boolean => name.startsWith('SHUTDOWN_');

/** What is right for development alone: as it is in base. */
const OF_DEVELOPMENT: Readonly<Record<string, RegExp>> = {
  RATE_LIMIT: /^(off)?$/,
  TRUSTED_PROXIES: /(^|,)(10\.0\.0\.0\/8|172\.16\.0\.0\/12|192\.168\.0\.0\/16|fc00::\/7|0\.0\.0\.0\/0|::\/0)(,|$)/,
};

/** settingFindings: nothing changes the parts of a shutdown behind the back of the sum that is compared. */
export function settingFindings(overlay: string, objects: readonly KubernetesObject[]): string[] {
  const configMaps = objects.filter((each): each is ConfigMap => each.kind === 'ConfigMap');
  return [
    ...configMaps.flatMap(({ metadata, data = {} }) =>
      Object.keys(data)
        .filter((name) => isPartOfSum(name) || OF_A_CONTAINER.has(name))
        .map((name) => `the ConfigMap ${metadata.name} has ${name}, which changes the grace period of every pod`),
    ),
    ...configMaps.flatMap(({ metadata, data = {} }) =>
      Object.entries(isForDevelopment(overlay) ? {} : OF_DEVELOPMENT)
        .filter(([name, pattern]) => pattern.test(data[name] ?? 'not set'))
        .map(([name]) => `the ConfigMap ${metadata.name} has ${name} ${data[name] ?? ''}, which is for development`),
    ),
    ...objects.flatMap((object) =>
      podSpecsOf(object).flatMap(({ containers }) =>
        containers
          .flatMap(({ env = [] }) => env)
          .filter(({ name }) => isPartOfSum(name))
          .map(({ name }) => `${object.metadata.name} has ${name}, which changes its grace period`),
      ),
    ),
  ];
}
