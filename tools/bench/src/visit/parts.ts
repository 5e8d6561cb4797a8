/** One place of a source that is other in a bundle without the part. It is there exactly once, or the build fails. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** What the api does for each request beyond counting it, as it can be left out of a bundle; nothing switches it off. */
export interface Part {
  readonly name: string;
  readonly shows: string;
  readonly patches: readonly Patch[];
}

const ADAPTER = 'libs/service/src/http/adapter.ts';
const CREATE_APP = 'libs/service/src/boot/create-app.ts';
const START = 'libs/service/src/boot/start-service.ts';
const COMPOSE = 'apps/api/src/compose.ts';
const BUDGET = 'apps/api/src/state-budget.ts';
const CONNECTIONS = 'libs/service/src/http/connection-rules.ts';
const COOKIE = 'apps/api/src/caller/session-cookie.ts';

export const parts: readonly Part[] = [
  {
    name: 'log',
    shows: 'log line',
    patches: [{ file: ADAPTER, find: `    log[level](\n`, replace: `    if (status === 0) log[level](\n` }],
  },
  {
    name: 'metrics',
    shows: 'histogram',
    patches: [
      {
        file: ADAPTER,
        find: `    metrics.observe(request.method, route, status, reply.elapsedTime / 1_000);\n`,
        replace: '',
      },
    ],
  },
  {
    name: 'signature',
    shows: 'signature of the cookie',
    patches: [
      {
        file: COOKIE,
        find: `request.unsignCookie(signed)`,
        replace: `{ valid: true, value: signed.slice(0, 22), renew: false }`,
      },
    ],
  },
  {
    name: 'headers',
    shows: 'headers of every answer',
    patches: [
      {
        file: ADAPTER,
        find: `    void reply.headers({\n`,
        replace: `    if (request.id === '') void reply.headers({\n`,
      },
    ],
  },
  {
    name: 'request-id',
    shows: 'a random request id',
    patches: [
      {
        file: ADAPTER,
        find: `requestIdOf(request.headers[REQUEST_ID_HEADER])`,
        replace: `String(request.headers[REQUEST_ID_HEADER] ?? 'none')`,
      },
    ],
  },
  {
    name: 'context',
    shows: 'context of the request (id, deadline)',
    patches: [{ file: ADAPTER, find: `undefined) runInRequest(context, done);\n`, replace: `undefined) done();\n` }],
  },
  {
    name: 'budget',
    shows: 'budget for Redis',
    patches: [
      {
        file: BUDGET,
        find: `    withStateBudget(Math.min(STATE_BUDGET_MS - (spentMs.get(request) ?? 0), remainingMs()), done);\n`,
        replace: `    done();\n`,
      },
    ],
  },
  {
    name: 'load-shedding',
    shows: 'concurrency limit and its queue',
    patches: [
      {
        file: ADAPTER,
        find: `shedding === undefined || isExempt(route) ? undefined : shedding;\n`,
        replace: `undefined as typeof shedding;\n`,
      },
    ],
  },
  {
    name: 'in-flight',
    shows: 'knowing what is in flight, and on which connection',
    patches: [
      { file: ADAPTER, find: `    lifecycle.track(reply.raw);\n`, replace: '' },
      { file: CONNECTIONS, find: `  countPendingResponses(server);\n`, replace: '' },
    ],
  },
  {
    name: 'refusals',
    shows: 'hooks that refuse: HEAD with an effect, unknown keys, bodies too large',
    patches: [
      { file: COMPOSE, find: `      installHeadWithoutEffect(fastify);\n`, replace: '' },
      {
        file: START,
        find: `  refuseUndocumentedInput(app.getHttpAdapter().getInstance(), document);\n`,
        replace: '',
      },
      {
        file: ADAPTER,
        find: `    if (reply.statusCode >= 400) letRefusedBodiesEnd(request, reply);\n    else if (String`,
        replace: `    if (String`,
      },
    ],
  },
  {
    name: 'problems',
    shows: 'validation pipe and filter for problems',
    patches: [
      { file: CREATE_APP, find: `  app.useGlobalPipes(new ProblemValidationPipe());\n`, replace: '' },
      {
        file: CREATE_APP,
        find: `  app.useGlobalFilters(new ProblemFilter(log, composition.problems));\n`,
        replace: '',
      },
    ],
  },
];
