import { differing, differingJson } from './compare.ts';
import { type Container, type KubernetesObject, podSpecsOf, type PodSpec } from './objects.ts';

/** Where the gateway's token is mounted, and what it is below: a second volume there keeps the container from starting. */
const TOKEN_MOUNTED_BELOW = /^\/(var\/)?run(\/|$)/;
const CONTAINER = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
const OF_THE_NODE = ['hostNetwork', 'hostPID', 'hostIPC'] as const;

/** hardeningFindings looks at every container of every kind of object that has pods, those of Redis and Consul too. */
export const hardeningFindings = (objects: readonly KubernetesObject[]): string[] =>
  objects.flatMap((object) =>
    podSpecsOf(object)
      .flatMap((pod) => [
        ...podFindings(pod),
        ...[...pod.containers, ...(pod.initContainers ?? [])].flatMap(ofContainer),
      ])
      .map((message) => `${object.metadata.name} ${message}`),
  );

function podFindings(pod: PodSpec): string[] {
  const { runAsNonRoot, runAsUser, seccompProfile } = pod.securityContext ?? {};
  return [
    ...differing('enableServiceLinks', pod.enableServiceLinks, false),
    ...(pod.automountServiceAccountToken === undefined ? ['does not say whether it mounts a token'] : []),
    ...differing('runAsNonRoot', runAsNonRoot, true),
    ...(runAsUser === 0 ? ['has runAsUser 0'] : []),
    ...differingJson('the seccomp profile', seccompProfile, { type: 'RuntimeDefault' }),
    ...OF_THE_NODE.filter((name) => pod[name] === true).map((name) => `has ${name}`),
    ...(pod.volumes ?? [])
      .filter(({ hostPath }) => hostPath !== undefined)
      .map(({ name }) => `has the hostPath ${name}`),
  ];
}

const ofContainer = ({
  image = '',
  ports = [],
  resources,
  securityContext,
  volumeMounts = [],
}: Container): string[] => [
  ...differingJson('the securityContext', securityContext, CONTAINER),
  ...(/:(?!latest$)[\w.-]+$|@sha256:/.test(image) ? [] : [`has the image ${image}, whose content may change`]),
  ...(resources?.requests?.['cpu'] === undefined ? ['requests no CPU'] : []),
  ...(resources?.limits?.['memory'] === undefined ? ['has no limit of memory'] : []),
  ...ports.filter(({ hostPort }) => hostPort !== undefined).map(({ name }) => `has a hostPort for ${name ?? 'a port'}`),
  ...volumeMounts
    .filter(({ mountPath }) => TOKEN_MOUNTED_BELOW.test(mountPath))
    .map(({ mountPath }) => `mounts ${mountPath}, where the service account's token may be`),
];
