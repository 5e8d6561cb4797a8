import { expect, it } from '@jest/globals';
import { kubernetesImageFindings } from './kubernetes-images.ts';

const overlay = 'images: [{ name: nestfleet/api, newTag: dev }, { name: nestfleet/worker, newTag: dev }]';
const load = 'kind load docker-image nestfleet/api:dev nestfleet/worker:dev';

const messagesOf = (readme: string): string[] =>
  kubernetesImageFindings({
    exists: () => true,
    read: (file) => (file.endsWith('.md') ? readme : overlay),
  }).map(({ message }) => message);

it('finds nothing where the images are built and loaded as the overlay asks for them', () =>
  expect(messagesOf(`NESTFLEET_TAG=dev ENGINE=docker make build\n${load}`)).toEqual([]));

it.each([
  ['a build by the tag of the clone', `make build\n${load}`, 'builds images with the tag of the clone'],
  ['a build by another tag', `NESTFLEET_TAG=v1 make build\n${load}`, 'builds images with the tag v1'],
  [
    'an image that is not loaded',
    'NESTFLEET_TAG=dev make build\nkind load docker-image nestfleet/api:dev',
    'loads nestfleet/api:dev, the overlay dev asks for nestfleet/api:dev, nestfleet/worker:dev',
  ],
])('finds %s', (_what, readme, message) => expect(messagesOf(readme)).toEqual([message]));
