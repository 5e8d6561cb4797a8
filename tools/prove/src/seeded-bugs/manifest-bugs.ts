import type { KubernetesObject } from '../driver/kubernetes-object.ts';

/** ManifestBug is a mistake of the manifests that a scenario on Kubernetes has to find. */
export interface ManifestBug {
  /** Word for `--seeded`. */
  readonly name: string;
  readonly description: string;
  /** The object that has it. */
  readonly kind: string;
  readonly object: string;
  /** One place of it, as JSON, that is other. Is there exactly once. */
  readonly find: RegExp;
  readonly replace: string;
  /** The scenario that fails then, or whose fleet does not come up. */
  readonly detectedBy: string;
}

export const manifestBugs: readonly ManifestBug[] = [
  {
    name: 'early-liveness',
    description:
      'the probe of liveness asks for readiness, impatiently: a replica that drains or stands still is restarted',
    kind: 'Deployment',
    object: 'api',
    find: /"livenessProbe":\{[^}]*\{[^}]*\}[^}]*\}/g,
    replace:
      '"livenessProbe":{"httpGet":{"path":"/readyz","port":"http"},"periodSeconds":1,"timeoutSeconds":1,"failureThreshold":1}',
    detectedBy: 'pause-api',
  },
  {
    name: 'port-name',
    description: 'the Service of the api calls its port for RPC otherwise, so that no gateway finds it',
    kind: 'Service',
    object: 'api',
    find: /"name":"rpc"/g,
    replace: '"name":"internal"',
    detectedBy: 'scale',
  },
  {
    name: 'no-watch',
    description: 'the Role of the gateways lets them list slices and not watch them',
    kind: 'Role',
    object: 'frontend-gateway',
    find: /,"watch"/g,
    replace: '',
    detectedBy: 'scale',
  },
];

/**
 * seedManifests puts a bug into what is rendered.
 * @throws when it does not fit exactly once: the manifests have changed, and the bug has to follow
 */
export const seedManifests =
  (bug: ManifestBug) =>
  (objects: readonly KubernetesObject[]): KubernetesObject[] => {
    let fits = 0;
    const seeded = objects.map((object) => {
      if (object.kind !== bug.kind || object.metadata.name !== bug.object) return object;
      const text = JSON.stringify(object);
      fits += [...text.matchAll(bug.find)].length;
      return JSON.parse(text.replace(bug.find, () => bug.replace)) as KubernetesObject;
    });
    if (fits !== 1) throw new Error(`the seeded bug ${bug.name} fits ${fits} times into ${bug.kind} ${bug.object}`);
    return seeded;
  };
