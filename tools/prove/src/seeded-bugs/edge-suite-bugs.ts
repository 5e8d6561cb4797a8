import type { SuiteBug } from './suite-bug.ts';

const shortBacklog: SuiteBug = {
  name: 'short-backlog',
  description: 'the kernel drops connections of a burst, so that HAProxy takes the last replica for dead',
  patches: [
    {
      file: 'libs/service/src/boot/start-service.ts',
      find: ', host: identity.host, backlog }',
      replace: ', host: identity.host }',
    },
  ],
  detectedBy: {
    spec: 'libs/service/src/boot/connections.spec.ts',
    test: 'has as many connections wait for it',
  },
};

/** What stands between clients and replicas. */
export const edgeSuiteBugs: readonly SuiteBug[] = [shortBacklog];
