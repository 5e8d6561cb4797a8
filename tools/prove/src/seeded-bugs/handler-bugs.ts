import type { SuiteBug } from './suite-bug.ts';

const KEY = 'libs/state/src/idempotency-key';
const EXCLUSIVE = 'libs/state/src/nest/exclusive.decorator.ts';
const EXCLUSIVES = 'libs/state/test/exclusive.spec.ts';
const IDEMPOTENT = 'libs/state/test/idempotent.spec.ts';
const INTERCEPTOR = 'libs/state/src/nest/idempotent.interceptor.ts';
const KEYED = `${KEY}/keyed-requests.spec.ts`;

/** What @Idempotent() and @Exclusive() promise to handlers. */
export const handlerBugs: readonly SuiteBug[] = [
  {
    name: 'fault-replayed',
    description: 'a 500 is stored under its Idempotency-Key, and the retry gets it for a day',
    patches: [
      {
        file: `${KEY}/final-answer.ts`,
        find: 'const SERVER_ERRORS_FROM = 500;',
        replace: 'const SERVER_ERRORS_FROM = 600;',
      },
    ],
    detectedBy: { spec: IDEMPOTENT, test: 'express an answer of 500 that the handler throws' },
  },
  {
    name: 'answered-before-stored',
    description: 'a client has the response before it is stored, and a retry at once is done again',
    patches: [
      {
        file: `${KEY}/capture-response.ts`,
        find: 'onEnd(captured()).then(send, send);',
        replace: 'void onEnd(captured());\n    send();',
      },
    ],
    detectedBy: { spec: IDEMPOTENT, test: 'fastify has its response before the first client has' },
  },
  {
    name: 'bytes-as-text',
    description: 'a response of bytes is stored as text, and is another one when it is replayed',
    patches: [
      {
        file: `${KEY}/response-body.ts`,
        find: 'if (isUtf8(body)) return',
        replace: 'if (isUtf8(body) || true) return',
      },
    ],
    detectedBy: { spec: IDEMPOTENT, test: 'express answers a retry of bytes' },
  },
  {
    name: 'key-of-anybody',
    description: 'two callers that choose the same word as a key get one response',
    patches: [
      {
        file: `${KEY}/keyed-requests.ts`,
        find: 'if (caller === undefined && !isSecret) return',
        replace: 'if (key.length === 0) return',
      },
    ],
    detectedBy: { spec: IDEMPOTENT, test: 'express takes a key that others may choose too only where' },
  },
  {
    name: 'claim-not-renewed',
    description: 'a handler that takes longer than a claim is begun beside itself',
    patches: [
      {
        file: `${KEY}/keyed-requests.ts`,
        find: 'else this.#idempotency.renew(this.#claim)',
        replace: 'else Promise.resolve()',
      },
    ],
    detectedBy: { spec: KEYED, test: 'renews its claim until it ends' },
  },
  {
    name: 'response-fault-repeated',
    description: 'what was done is not stored where its response cannot be made, and the retry does it again',
    patches: [
      {
        file: `${KEY}/keyed-requests.ts`,
        find: 'const whole = resultOf(response);',
        replace: 'const whole = response();',
      },
    ],
    detectedBy: { spec: KEYED, test: 'stores that it was done where its response cannot be made' },
  },
  {
    name: 'first-value-frees-key',
    description: 'behind an interceptor that takes the first value, a key is free although the client has a 201',
    patches: [{ file: INTERCEPTOR, find: 'if (!hasAnswered) run.lapse();', replace: 'void run.abandon();' }],
    detectedBy: { spec: IDEMPOTENT, test: 'express is done once where an outer interceptor takes the first value' },
  },
  {
    name: 'timeout-frees-key',
    description: 'behind a 408 the retry is begun at once, beside the handler that still runs',
    patches: [
      {
        file: `${KEY}/keyed-requests.ts`,
        find: 'else if (isTimeout(status)) this.lapse();',
        replace: 'else if (isTimeout(-status)) this.lapse();',
      },
    ],
    detectedBy: { spec: IDEMPOTENT, test: 'express is not begun beside itself behind a time-out: timed-out-inside' },
  },
  {
    name: 'left-handler-frees-key',
    description: 'a handler for which an interceptor waits no more is begun beside itself',
    patches: [
      { file: INTERCEPTOR, find: 'if (!hasAnswered) run.lapse();', replace: 'if (!hasAnswered) void run.abandon();' },
    ],
    detectedBy: { spec: IDEMPOTENT, test: 'fastify is not begun beside itself behind a time-out: timed-out-outside' },
  },
  {
    name: 'refused-by-its-controller',
    description: 'a handler with @Idempotent() is never done where its controller has it too',
    patches: [
      {
        file: INTERCEPTOR,
        find: 'if (atWork(context) !== IdempotentInterceptor)',
        replace: 'if (atWork(context) === undefined)',
      },
    ],
    detectedBy: { spec: IDEMPOTENT, test: 'express holds once for a handler and its controller: of-both' },
  },
  {
    name: 'held-lease-replayed',
    description: 'a request that was refused because another one held its lease is refused for a day',
    patches: [
      {
        file: INTERCEPTOR,
        find: 'if (isRefusalForNow(thrown)) run.refuseForNow();',
        replace: 'isRefusalForNow(thrown);',
      },
    ],
    detectedBy: {
      spec: IDEMPOTENT,
      test: 'fastify does again what was refused because another request held its lease',
    },
  },
  {
    name: 'left-stream-in-flight',
    description: 'a client that leaves in the middle of a stream finds its key in flight for 10 minutes',
    patches: [
      {
        file: `${KEY}/capture-response.ts`,
        find: 'if (response.headersSent || isStreamed) breakOff();',
        replace: 'isStreamed ||= response.headersSent;',
      },
    ],
    detectedBy: {
      spec: IDEMPOTENT,
      test: 'fastify says that it was done where the client has left before the end of its stream',
    },
  },
  {
    name: 'late-stream-in-flight',
    description: 'a client that left before a stream began finds its key in flight for 10 minutes',
    patches: [{ file: `${KEY}/capture-response.ts`, find: 'if (response.destroyed) breakOff();', replace: '' }],
    detectedBy: {
      spec: IDEMPOTENT,
      test: 'express says that it was done where the client has left before the end of its late-stream',
    },
  },
  {
    name: 'one-lease-for-all-keys',
    description: 'a method is exclusive as a whole, whatever its key',
    patches: [{ file: EXCLUSIVE, find: 'key === undefined ? name :', replace: 'key !== undefined ? name :' }],
    detectedBy: { spec: EXCLUSIVES, test: 'runs once at a time for a key' },
  },
  {
    name: 'foreign-lease',
    description: 'a method that another one has called leaves it the wrong lease',
    patches: [
      {
        file: EXCLUSIVE,
        find: 'const held = new AsyncLocalStorage<Lease>();',
        replace:
          'const held = { run(own: Lease, work: () => Promise<unknown>) { this.last = own; return work(); }, getStore() { return this.last; }, last: undefined as Lease | undefined };',
      },
    ],
    detectedBy: { spec: EXCLUSIVES, test: 'gives each method its own lease' },
  },
  {
    name: 'route-lost',
    description: 'a route below @Exclusive() is none',
    patches: [
      {
        file: EXCLUSIVE,
        find: 'Reflect.defineMetadata(each,',
        replace: 'Reflect.defineMetadata(`no ${String(each)}`,',
      },
    ],
    detectedBy: { spec: EXCLUSIVES, test: 'is for handlers of HTTP' },
  },
];
