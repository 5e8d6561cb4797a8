import type { SuiteBug } from './suite-bug.ts';

const PROXY = 'apps/frontend-gateway/src/proxy';

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

const unreadKept: SuiteBug = {
  name: 'unread-kept',
  description: 'a client that reads nothing keeps its connection for as long as it goes on sending',
  patches: [
    {
      file: 'apps/frontend-gateway/src/reverse-proxy.ts',
      find: 'installSendTimeouts(fastify.server, this.sendTimeoutMs);',
      replace:
        "fastify.server.on('connection', (socket) => socket.setTimeout(this.sendTimeoutMs, () => socket.destroy()));",
    },
  ],
  detectedBy: {
    spec: 'apps/frontend-gateway/test/unread-answers.integration.spec.ts',
    test: 'the body of the request that is answered',
  },
};

const upgradeDeadline: SuiteBug = {
  name: 'upgrade-deadline-repeated',
  description: 'an upgrade that is sent again says the deadline that it began with',
  patches: [
    {
      file: `${PROXY}/web-socket/upgrade.ts`,
      find: 'Math.ceil(this.endMs - performance.now())',
      replace: 'this.upgrading.deadlineMs',
    },
  ],
  detectedBy: {
    spec: 'apps/frontend-gateway/test/overloaded-replicas.integration.spec.ts',
    test: 'with what is left of its deadline',
  },
};

/** What stands between clients and replicas. */
export const edgeSuiteBugs: readonly SuiteBug[] = [shortBacklog, unreadKept, upgradeDeadline];
