import { catalogSuiteBugs } from './catalog-suite-bugs.ts';
import { clusterDriverBugs } from './cluster-driver-bugs.ts';
import { clientBugs } from './client-bugs.ts';
import { documentBugs } from './document-bugs.ts';
import { edgeSuiteBugs } from './edge-suite-bugs.ts';
import { initBugs } from './init-bugs.ts';
import { handlerBugs } from './handler-bugs.ts';
import { enqueueBugs, jobBugs } from './job-suite-bugs.ts';
import { kubernetesBugs } from './kubernetes-bugs.ts';
import { nestBugs } from './nest-suite-bugs.ts';
import { nestModuleBugs } from './nest-module-bugs.ts';
import { onceBugs } from './once-bugs.ts';
import { outboxBugs } from './outbox-bugs.ts';
import { overlayBugs } from './overlay-bugs.ts';
import { redisBugs } from './redis-suite-bugs.ts';
import { sessionStoreBugs } from './session-store-bugs.ts';
import { stateBugs } from './state-suite-bugs.ts';
import { queueDescriptors } from './queue-bugs.ts';
import { recipeBugs } from './recipe-bugs.ts';
import { scalingBugs } from './scaling-bugs.ts';
import { settleBugs } from './settle-suite-bugs.ts';
import { shutdownBugs } from './shutdown-bugs.ts';
import type { SuiteBug } from './suite-bug.ts';

const LB = 'libs/discovery/src/lb';
const PROXY = 'apps/frontend-gateway/src/proxy';

const heldUncounted: SuiteBug = {
  name: 'held-uncounted',
  description: 'a whole body counts for its client no more, although it is held for its retries',
  patches: [
    {
      file: `${PROXY}/request-buffer.ts`,
      find: '    this.hasEnded = true;\n',
      replace: '    this.hasEnded = true;\n    this.clients.release(this.address, this.length);\n',
    },
  ],
  detectedBy: { spec: `${PROXY}/request-buffer.spec.ts`, test: 'counts a whole body of 3000 bytes' },
};

const headersDropped: SuiteBug = {
  name: 'headers-dropped',
  description: 'of a request with very many headers those are dropped that come late, such as its condition',
  patches: [
    {
      file: 'libs/service/src/http/header-count.ts',
      find: 'rawHeaders.length <= 2 * HEADERS_MAX',
      replace: 'rawHeaders.length >= 0',
    },
  ],
  detectedBy: { spec: 'libs/service/src/http/header-count.spec.ts', test: 'refuses more instead of dropping one' },
};

const overload: readonly SuiteBug[] = [
  {
    name: 'oldest-first',
    description: 'a queue that stands is served in the order of arrival, so that who is served has given up',
    patches: [
      {
        file: 'libs/service/src/overload/admission-queue.ts',
        find: 'return this.overloaded || atMs - this.standingSinceMs >= this.options.intervalMs;',
        replace: 'return false;',
      },
    ],
    detectedBy: {
      spec: 'libs/service/src/overload/admission-queue.spec.ts',
      test: 'serves the newest first once the queue has stood',
    },
  },
  {
    name: 'work-for-nobody',
    description: 'a request that waits runs although its client has gone',
    patches: [
      {
        file: 'libs/service/src/overload/admission-queue.ts',
        find: '    this.take(place);\n    return true;',
        replace: '    return true;',
      },
    ],
    detectedBy: {
      spec: 'libs/service/src/overload/admission-queue.spec.ts',
      test: 'runs nothing for a client that has gone',
    },
  },
  {
    name: 'foreign-context',
    description: 'a request that waited runs with the budgets and traces of the one that made room for it',
    patches: [
      {
        file: 'libs/service/src/overload/admission.ts',
        find: 'this.inOwnContext(runInRequest, this.context, this.done);',
        replace: 'runInRequest(this.context, this.done);',
      },
    ],
    detectedBy: {
      spec: 'libs/service/src/overload/admission.spec.ts',
      test: 'runs a request in its own asynchronous context',
    },
  },
  {
    name: 'mark-ignored',
    description: 'the gateway takes the answer of a replica that is full for an error of it',
    patches: [
      {
        file: `${PROXY}/overloaded.ts`,
        find: "status === 503 && headers[OVERLOADED_HEADER] === 'true'",
        replace: "status === 503 && headers[OVERLOADED_HEADER] === 'never'",
      },
    ],
    detectedBy: { spec: `${PROXY}/overloaded.spec.ts`, test: 'is overloaded' },
  },
  {
    name: 'upgrade-mark-ignored',
    description: 'an upgrade that a full replica has not begun is sent to no other one',
    patches: [
      {
        file: `${PROXY}/web-socket/upgrade.ts`,
        find: " === 'overloaded' && this.isSentElsewhere(answer)",
        replace: " === 'timeout'",
      },
    ],
    detectedBy: {
      spec: 'apps/frontend-gateway/test/overloaded-replicas.integration.spec.ts',
      test: 'has it taken by another one, and loses the connection',
    },
  },
  {
    name: 'admitted-with-its-head',
    description: 'a place of the concurrency limit is held while a body comes at the pace of its client',
    patches: [
      {
        file: 'libs/service/src/http/adapter.ts',
        find: '      else if (hasBody) limit.receive(reply, context, done);\n',
        replace: '',
      },
    ],
    detectedBy: {
      spec: 'libs/service/src/overload/received-bodies.spec.ts',
      test: 'holds no place of the limit while it comes: json',
    },
  },
];

const retries: readonly SuiteBug[] = [
  {
    name: 'unsent-costs',
    description: 'an attempt that sent nothing uses the retry budget up',
    patches: [
      {
        file: `${PROXY}/retries.ts`,
        find: "reach === 'unsent' || needs !== undefined",
        replace: 'needs !== undefined',
      },
    ],
    detectedBy: {
      spec: `${PROXY}/retries.spec.ts`,
      test: 'asks nothing of the budget for a GET of which nothing was sent',
    },
  },
  {
    name: 'sent-twice',
    description: 'a request that was sent is sent again, whatever its retry policy',
    patches: [
      {
        file: `${PROXY}/retry-policy.ts`,
        find: "(attempt.reach === 'sent' && isIdempotent(attempt, routes))",
        replace: "attempt.reach === 'sent'",
      },
    ],
    detectedBy: {
      spec: `${PROXY}/retry-policy.spec.ts`,
      test: 'is true only of an idempotent request once it was sent',
    },
  },
];

const lastAttempt: SuiteBug = {
  name: 'last-attempt-cut',
  description: 'an attempt after which nobody is left to be asked ends as if somebody were',
  patches: [
    {
      file: `${LB}/call.ts`,
      find: 'counted + 1 === attemptsMax || !hasOther(tried)',
      replace: 'counted + 1 === attemptsMax',
    },
  ],
  detectedBy: { spec: `${LB}/call.spec.ts`, test: 'the only instance all that is left' },
};

const outliers: readonly SuiteBug[] = [
  {
    name: 'quick-failure-pays',
    description: 'a failure counts as an answer of its latency, so that who fails at once looks like the quickest',
    patches: [
      {
        file: `${LB}/outlier-detection.ts`,
        find: "else if (outcome !== 'unknown') member.latency.failed(nowMs - beganAtMs, nowMs);",
        replace: "else if (outcome !== 'unknown') member.latency.answered(nowMs - beganAtMs, nowMs);",
      },
    ],
    detectedBy: { spec: `${LB}/pool-traffic.spec.ts`, test: 'it gains nothing' },
  },
  {
    name: 'client-errors-eject',
    description: 'a 4xx counts as an error of the instance',
    patches: [{ file: `${LB}/outcome-of.ts`, find: 'status >= 500', replace: 'status >= 400' }],
    detectedBy: { spec: `${LB}/outcome-of.spec.ts`, test: 'of 404 is unsuccessful' },
  },
  {
    name: 'unsent-unknown',
    description: 'a call whose connect timed out is told as one that may have been done',
    patches: [{ file: `${LB}/outcome-of.ts`, find: "syscall === 'connect'", replace: "syscall === ''" }],
    detectedBy: { spec: `${LB}/outcome-of.spec.ts`, test: 'isUnsent a time-out of a connect' },
  },
  {
    name: 'versions-compared',
    description: 'the success rate of one version is compared with that of another',
    patches: [
      {
        file: `${LB}/outlier-detection.ts`,
        find: 'Map.groupBy(used, ({ instance }) => instance.meta.version)',
        replace: "Map.groupBy(used, () => 'any')",
      },
    ],
    detectedBy: { spec: `${LB}/pool-success-rate.spec.ts`, test: 'is compared with those of its own version' },
  },
  {
    name: 'no-slow-start',
    description: 'an instance that comes beside others has its whole share at once',
    patches: [
      {
        file: `${LB}/traffic-share.ts`,
        find: 'isBusy ? slowStartWeight(member, nowMs) : 1',
        replace: 'isBusy ? Math.max(1, slowStartWeight(member, nowMs)) : 1',
      },
    ],
    detectedBy: { spec: `${LB}/traffic-share.spec.ts`, test: 'slow start' },
  },
];

const siblingsHeeded: SuiteBug = {
  name: 'full-siblings-heeded',
  description: 'Retry-After lowers shares although siblings send it too',
  patches: [
    {
      file: `${LB}/traffic-share.ts`,
      find: 'members.filter(isFull).length === 1',
      replace: 'members.filter(isFull).length < members.length',
    },
  ],
  detectedBy: { spec: `${LB}/traffic-share.spec.ts`, test: 'an instance that is full' },
};

const catalogs: readonly SuiteBug[] = [
  {
    name: 'watch-warns-each-time',
    description: 'a watch that fails warns at each of its attempts',
    patches: [
      {
        file: 'libs/discovery/src/catalog-hub.ts',
        find: 'error !== undefined && failingSinceMs === undefined',
        replace: 'error !== undefined',
      },
    ],
    detectedBy: {
      spec: 'libs/discovery/src/catalog-hub.spec.ts',
      test: 'warns once when its source begins to fail',
    },
  },
  {
    name: 'every-priority',
    description: 'targets of every priority are used at once',
    patches: [
      {
        file: 'libs/discovery/src/dns/lookup.ts',
        find: 'usable.filter(({ priority }) => priority === lowest)',
        replace: 'usable.filter(({ priority }) => priority >= lowest)',
      },
    ],
    detectedBy: { spec: 'libs/discovery/src/dns/lookup.spec.ts', test: 'takes the lowest priority alone' },
  },
  {
    name: 'later-epoch-stays',
    description: 'an entry of our own address stays where its epoch is of a clock that was ahead',
    patches: [
      {
        file: 'libs/discovery/src/registration/orphan.ts',
        find: 'reply.instanceId === own.id;\n  }\n  // Without a port',
        replace: 'false;\n  }\n  // Without a port',
      },
    ],
    detectedBy: {
      spec: 'libs/discovery/src/registration/orphan.spec.ts',
      test: 'one of a clock that was ahead, at our place',
    },
  },
];

/** What the contracts and the deploy files say of the edge proxies. */
const edgeProxies: readonly SuiteBug[] = [
  {
    name: 'traefik-repeats-visits',
    description: 'Traefik is told to send a visit again that was sent and not answered',
    patches: [
      {
        file: 'libs/discovery/src/registration/traefik-tags.ts',
        find: "kind === 'idempotent' ? RETRY.idempotent : RETRY.connectFailure",
        replace: "kind !== 'other' ? RETRY.idempotent : RETRY.connectFailure",
      },
    ],
    detectedBy: {
      spec: 'tools/checks/src/deploy/traefik-retry.spec.ts',
      test: 'is what the routes of every service allow',
    },
  },
];

/** What a page needs while gateways roll. */
const pages: readonly SuiteBug[] = [
  {
    name: 'first-peers-only',
    description: 'an asset of another build is looked for at the first peers alone',
    patches: [
      {
        file: 'apps/frontend-gateway/src/dashboard/peer-assets.ts',
        find: 'at < peers.length; at += PEERS.atOnce',
        replace: 'at < 1; at += PEERS.atOnce',
      },
    ],
    detectedBy: {
      spec: 'apps/frontend-gateway/src/dashboard/peer-assets.spec.ts',
      test: 'also where the last of many peers alone has them',
    },
  },
];

export const suiteBugs: readonly SuiteBug[] = [
  heldUncounted,
  headersDropped,
  ...overload,
  ...retries,
  lastAttempt,
  ...outliers,
  siblingsHeeded,
  ...catalogs,
  ...catalogSuiteBugs,
  ...kubernetesBugs,
  ...clientBugs,
  ...edgeProxies,
  ...edgeSuiteBugs,
  ...pages,
  ...queueDescriptors,
  ...jobBugs,
  ...outboxBugs,
  ...enqueueBugs,
  ...nestModuleBugs,
  ...initBugs,
  ...stateBugs,
  ...redisBugs,
  ...scalingBugs,
  ...settleBugs,
  ...shutdownBugs,
  ...overlayBugs,
  ...clusterDriverBugs,
  ...nestBugs,
  ...sessionStoreBugs,
  ...recipeBugs,
  ...documentBugs,
  ...handlerBugs,
  ...onceBugs,
];
