import type { SuiteBug } from './suite-bug.ts';

const GATEWAY = 'apps/frontend-gateway';
const PROXY = `${GATEWAY}/src/proxy`;
const SERVICE = 'libs/service/src';

/** What a client's pace may cost. */
const slowClients: readonly SuiteBug[] = [
  {
    name: 'least-rate-ignored',
    description: 'a body of which a byte comes now and then is waited for, however slowly it comes',
    patches: [
      {
        file: `${SERVICE}/connections/request-body-timeouts.ts`,
        find: '(bytesRead - wait.bytesBefore) * 1_000 < minRate * wait.waitedMs',
        replace: 'bytesRead === wait.bytesBefore',
      },
    ],
    detectedBy: {
      spec: `${SERVICE}/connections/request-body-timeouts.spec.ts`,
      test: 'refuses a slower one when its grace period is over',
    },
  },
  {
    name: 'connections-unbounded',
    description: 'connections of clients are held, however many there are',
    patches: [
      {
        file: `${SERVICE}/connections/client-connections.ts`,
        find: '    if (this.open.size <= this.connectionsMax +',
        replace: '    if (this.open.size <= Infinity +',
      },
    ],
    detectedBy: {
      spec: `${SERVICE}/connections/client-connections.spec.ts`,
      test: 'holds no more than its bound',
    },
  },
];

/** Connections to a replica, and who gets them. */
const places: readonly SuiteBug[] = [
  {
    name: 'stream-keeps-request-slot',
    description: 'a long answer keeps the connection that short requests have for themselves',
    patches: [
      {
        file: `${PROXY}/upstream-slots.ts`,
        find: '    this.slots.requests.release(this.instance.id);\n',
        replace: '',
      },
    ],
    detectedBy: { spec: `${PROXY}/upstream-slots.spec.ts`, test: 'gives a long answer a slot of its own' },
  },
  {
    name: 'full-streams-unknown',
    description: 'a stream without a slot is told that it may have been done, and not when to come again',
    patches: [{ file: `${PROXY}/exchange.ts`, find: ' || SAFE_METHODS.has(this.request.method);', replace: ';' }],
    detectedBy: {
      spec: `${GATEWAY}/test/proxy-slots.integration.spec.ts`,
      test: 'has slots of its own, and is refused at once where they are taken',
    },
  },
  {
    name: 'full-replica-picked',
    description: 'a replica whose connections are all in use is picked as well as one with a free connection',
    patches: [{ file: `${PROXY}/upstream-slots.ts`, find: 'if (exhausted.size === 0) return', replace: 'return' }],
    detectedBy: { spec: `${PROXY}/upstream-slots.spec.ts`, test: 'picks a replica that has a free connection' },
  },
  {
    name: 'connect-waits-for-attempt',
    description: 'a connect that hangs has the time of an attempt, and none of its own',
    patches: [
      {
        file: `${GATEWAY}/src/reverse-proxy.ts`,
        find: 'connect: lenientConnector(CONNECT_TIMEOUT_MS)',
        replace: 'connect: lenientConnector(settings.deadlineMs)',
      },
    ],
    detectedBy: { spec: `${GATEWAY}/test/connect-timeout.integration.spec.ts`, test: 'is given up after 300 ms' },
  },
  {
    name: 'upgrade-connect-waits',
    description: 'the same of an upgrade',
    patches: [
      {
        file: `${GATEWAY}/src/reverse-proxy.ts`,
        find: 'connectTimeoutMs: CONNECT_TIMEOUT_MS,',
        replace: 'connectTimeoutMs: settings.deadlineMs,',
      },
    ],
    detectedBy: {
      spec: `${GATEWAY}/test/connect-timeout.integration.spec.ts`,
      test: 'costs an upgrade that time as well',
    },
  },
];

/** What an instance refuses of itself, and what it never does. */
const limits: readonly SuiteBug[] = [
  {
    name: 'late-loop-accepts',
    description: 'an instance whose event loop is late takes on more all the same',
    patches: [
      {
        file: `${SERVICE}/overload/lag-guard.ts`,
        find: 'return nowMs - this.busySince(nowMs) > limits.lagMaxMs;',
        replace: 'return this.busySince(nowMs) > nowMs;',
      },
    ],
    detectedBy: {
      spec: `${SERVICE}/overload/lag-guard.spec.ts`,
      test: 'refuses in a turn what has waited in it for longer than the limit',
    },
  },
  {
    name: 'health-limited',
    description: 'a health check waits behind the requests of an instance that is full, which then looks dead',
    patches: [{ file: `${SERVICE}/overload/exempt-routes.ts`, find: 'HEALTH_CHECKS.has(route) || ', replace: '' }],
    detectedBy: {
      spec: `${SERVICE}/overload/load-shedding.spec.ts`,
      test: 'lets health checks and those who run the fleet in',
    },
  },
  {
    name: 'operators-limited',
    description: 'who runs the fleet cannot look at an instance that is full',
    patches: [{ file: `${SERVICE}/overload/exempt-routes.ts`, find: ' || route.startsWith(OPS_PREFIX)', replace: '' }],
    detectedBy: {
      spec: `${SERVICE}/overload/load-shedding.spec.ts`,
      test: 'lets health checks and those who run the fleet in',
    },
  },
  {
    name: 'control-place-taken',
    description: 'who has shown the token of the control plane loses the connection to those who say nothing',
    patches: [
      {
        file: `${SERVICE}/connections/connection-limit.ts`,
        find: 'keep(socket: Socket): void {\n    this.silent.delete(socket);',
        replace: 'keep(socket: Socket): void {\n    this.spoke(socket);',
      },
    ],
    detectedBy: {
      spec: `${SERVICE}/connections/connection-limit.spec.ts`,
      test: 'takes the place of nobody who keeps it',
    },
  },
];

/** Bodies that are larger than what is buffered. */
const largeBodies: readonly SuiteBug[] = [
  {
    name: 'body-collected',
    description: 'a large body is taken as fast as its client sends it, and not as fast as its replica reads it',
    patches: [
      {
        file: `${PROXY}/request-body.ts`,
        find: 'if (!this.push(chunk)) this.source.pause();',
        replace: 'this.push(chunk);',
      },
    ],
    detectedBy: {
      spec: `${GATEWAY}/test/proxy-streams.integration.spec.ts`,
      test: 'takes no more of a body than the replica reads',
    },
  },
  {
    name: 'answer-collected',
    description: 'a large answer is taken as fast as its replica sends it, and not as fast as its client reads it',
    patches: [{ file: `${PROXY}/answer-stream.ts`, find: '    this.source?.pause();\n', replace: '' }],
    detectedBy: {
      spec: `${GATEWAY}/test/proxy-streams.integration.spec.ts`,
      test: 'takes no more of an answer than the client reads',
    },
  },
  {
    name: 'early-refusal-reset',
    description: 'the refusal of a body that is still sent is taken away by a reset',
    patches: [
      { file: `${PROXY}/request-body.ts`, find: 'closeWithoutReset(source.socket);', replace: 'void source.socket;' },
    ],
    detectedBy: {
      spec: `${GATEWAY}/test/proxy-refusals.integration.spec.ts`,
      test: 'still reads the refusal, with Connection: close',
    },
  },
];

const framesCopied: SuiteBug = {
  name: 'frames-copied',
  description: 'something is made for each frame of a WebSocket, of which a client sends 32,768 in 64 KiB',
  patches: [
    {
      file: `${PROXY}/web-socket/frames.ts`,
      find: 'this.begin(chunk, at);',
      replace: 'this.begin(chunk.subarray(at), 0);',
    },
  ],
  detectedBy: { spec: `${PROXY}/web-socket/frames.spec.ts`, test: 'makes nothing for a frame' },
};

const PAGE = `${GATEWAY}/src/dashboard`;

/** Files of pages, and their policies. */
const files: readonly SuiteBug[] = [
  {
    name: 'precompressed-unused',
    description: 'a file is sent as it is to who would take it compressed',
    patches: [
      {
        file: `${PAGE}/dashboard-routes.ts`,
        find: 'coded.find((each) => each.coding === coding) ?? file',
        replace: 'file',
      },
    ],
    detectedBy: { spec: `${PAGE}/dashboard-routes.spec.ts`, test: 'sends what was compressed to who takes it' },
  },
  {
    name: 'vary-left-out',
    description: 'a cache may give a compressed file to a client that cannot read it',
    patches: [{ file: `${PAGE}/dashboard-files.ts`, find: ", vary: 'accept-encoding' }", replace: ' }' }],
    detectedBy: { spec: `${PAGE}/dashboard-files.spec.ts`, test: 'has what was compressed beside a file' },
  },
  {
    name: 'page-sent-again',
    description: 'a page that a client has already is sent once more, and not a 304',
    patches: [
      {
        file: `${PAGE}/dashboard-routes.ts`,
        find: "outcome === 'not-modified' ? reply.code(304).send() : reply.send(body)",
        replace: 'reply.send(body)',
      },
    ],
    detectedBy: { spec: `${PAGE}/dashboard-routes.spec.ts`, test: 'shows a file, or what its conditions say' },
  },
  {
    name: 'swagger-without-policy',
    description: 'the pages of Swagger UI have no Content-Security-Policy',
    patches: [
      { file: `${SERVICE}/http/openapi.ts`, find: 'restrictPage(app.getHttpAdapter().getInstance());', replace: '' },
    ],
    detectedBy: {
      spec: `${SERVICE}/boot/service.spec.ts`,
      test: 'shows the document under the prefix of the edge proxy',
    },
  },
];

const FALLBACK = 'tools/checks/src/deploy/traefik-fallback';

/** Traefik where it knows no routes. */
const fallbacks: readonly SuiteBug[] = [
  {
    name: 'no-fallback',
    description: 'Traefik answers 404 while it knows no routes',
    patches: [
      {
        file: `${FALLBACK}.ts`,
        find: "fallback: { rule: 'PathPrefix(`/`)', priority: 1, middlewares: [retry], service: 'fallback' },",
        replace: '',
      },
    ],
    detectedBy: { spec: `${FALLBACK}.spec.ts`, test: 'takes any/ to the gateway as it knows it' },
  },
  {
    name: 'healthy-without-routes',
    description: 'Traefik calls itself healthy while it knows no routes',
    patches: [
      {
        file: `${FALLBACK}.ts`,
        find: 'service: `${gateway.shortName}-replicas@{{ env "ROUTES_PROVIDER" }}`,',
        replace: "service: 'fallback',",
      },
    ],
    detectedBy: {
      spec: `${FALLBACK}.spec.ts`,
      test: 'answers the health check by a service that only the provider of the routes has',
    },
  },
];

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
      find: 'this.sendTimeouts.watchServer(fastify.server);',
      replace: "fastify.server.on('connection', (socket) => socket.setTimeout(1_000, () => socket.destroy()));",
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

const addresslessServed: SuiteBug = {
  name: 'addressless-served',
  description:
    'a request is done whose connection was reset before it was accepted, for a client that nobody knows any more',
  patches: [
    {
      file: `${SERVICE}/http/connection-rules.ts`,
      find: 'if (socket.remoteAddress === undefined) {',
      replace: 'if (socket.destroyed) {',
    },
  ],
  detectedBy: {
    spec: `${SERVICE}/http/connection-rules.spec.ts`,
    test: 'before its connection is accepted has nothing begun',
  },
};

/** What the edge promises of everybody's slowness, death and failures. */
export const edgeSuiteBugs: readonly SuiteBug[] = [
  ...slowClients,
  ...places,
  ...limits,
  ...largeBodies,
  framesCopied,
  ...files,
  ...fallbacks,
  shortBacklog,
  unreadKept,
  upgradeDeadline,
  addresslessServed,
];
