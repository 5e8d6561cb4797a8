import { parse } from 'yaml';
import type { Finding } from '../rule.ts';
import type { Workspace } from '../workspace.ts';

const README = 'deploy/kubernetes/README.md';
const OVERLAY = 'deploy/kubernetes/overlays/dev/kustomization.yaml';

interface Kustomization {
  readonly images?: readonly { readonly name: string; readonly newTag?: string }[];
}

/** kubernetesImageFindings: the README builds and loads the images that the overlay dev asks for, by their tags. */
export function kubernetesImageFindings({ exists, read }: Pick<Workspace, 'exists' | 'read'>): Finding[] {
  if (!exists(README) || !exists(OVERLAY)) return [];
  const { images = [] } = parse(read(OVERLAY)) as Kustomization;
  const asked = images.map(({ name, newTag = 'latest' }) => `${name}:${newTag}`).toSorted();
  const readme = read(README);
  const loaded = [...readme.matchAll(/nestfleet\/[a-z-]+:[\w.-]+/g)].map(([image]) => image).toSorted();
  // Without a tag `make build` tags them for the fleet of this clone.
  const built = /^NESTFLEET_TAG=(\S+) (?:\S+=\S+ )*make build$/m.exec(readme)?.[1] ?? 'of the clone';
  return [
    ...(loaded.join() === asked.join()
      ? []
      : [`loads ${loaded.join(', ')}, the overlay dev asks for ${asked.join(', ')}`]),
    ...(asked.every((image) => image.endsWith(`:${built}`)) ? [] : [`builds images with the tag ${built}`]),
  ].map((message) => ({ file: README, message }));
}
