import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  mixin,
  type NestInterceptor,
  StreamableFile,
} from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { IDEMPOTENCY_KEY_HEADER, IDEMPOTENCY_REPLAYED_HEADER } from '@nestfleet/contracts';
import { type MonoTypeOperatorFunction, type Observable, of, tap } from 'rxjs';
import { StateError, type StateErrorCode } from '../errors.ts';
import { RESPONSE_CHARS_MAX, type Idempotency, type StoredResponse } from '../idempotency/idempotency.ts';
import { requireResponseTtl } from '../idempotency/requests.ts';
import { type CapturedResponse, captureResponse } from '../idempotency-key/capture-response.ts';
import { KEY_RULE } from '../idempotency-key/key.ts';
import { beginKeyed, type KeyedBegun, type KeyedRules, type KeyedRun } from '../idempotency-key/keyed-requests.ts';
import { bodyOf, withBody } from '../idempotency-key/response-body.ts';
import { isRefusalForNow } from '../idempotency-key/refusal-for-now.ts';
import { partToken } from './decorators.ts';
import {
  answerAtOnce,
  type HttpRequest,
  type HttpResponse,
  rawOf,
  routeOf,
  setHeader,
  urlOf,
} from './http-exchange.ts';
import { type IdempotentOptions, storedHeaders } from './idempotent.options.ts';

const NAME = 'Idempotency-Key';
/** Metadata of a handler or controller: which of its interceptors is at work. */
export const IDEMPOTENT = 'nestfleet:idempotent';

/** idempotentInterceptor makes the interceptor of one @Idempotent(): behind guards, before pipes. */
export function idempotentInterceptor<Request>(options: IdempotentOptions<Request>): Type<NestInterceptor> {
  const { required = true, scope, fingerprint } = options;
  const ttlMs = requireResponseTtl(options.ttlMs);
  const names = storedHeaders(options);

  function begin(idempotency: Idempotency, request: HttpRequest): Promise<KeyedBegun> {
    const rules: KeyedRules = { callerOf: () => scope?.(request as Request), ttlMs, notStored };
    const keyed = {
      header: request.headers[IDEMPOTENCY_KEY_HEADER],
      method: request.method,
      url: urlOf(request),
      route: routeOf(request),
      body: fingerprint === undefined ? request.body : fingerprint(request as Request),
    };
    return beginKeyed(idempotency, request, keyed, rules);
  }

  function storeAtEnd(response: HttpResponse, run: KeyedRun): () => void {
    return captureResponse(rawOf(response), RESPONSE_CHARS_MAX, (captured) =>
      run.end(captured.status, () => storedOf(captured, names)),
    );
  }

  @Injectable()
  class IdempotentInterceptor implements NestInterceptor {
    private readonly idempotency: Idempotency;

    constructor(@Inject(partToken('idempotency', options.state)) idempotency: Idempotency) {
      this.idempotency = idempotency;
    }

    async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
      if (context.getType() !== 'http') throw new TypeError('@Idempotent() is for handlers of HTTP');
      // Of two, such as of a controller and its handler, the inner one would find the claim of the outer one.
      if (atWork(context) !== IdempotentInterceptor) return next.handle();
      const http = context.switchToHttp();
      const response = http.getResponse<HttpResponse>();
      const begun = await begin(this.idempotency, http.getRequest<HttpRequest>());
      if (begun.kind === 'mine') {
        const streams = storeAtEnd(response, begun.run);
        return next.handle().pipe(untilAnswered(begun.run, streams));
      }
      if (begun.kind === 'done') {
        replay(response, begun.response);
        return of(undefined);
      }
      if (begun.kind === 'absent' && !required) return next.handle();
      if (begun.kind === 'in-flight')
        setHeader(response, 'retry-after', String(Math.max(1, Math.ceil(begun.retryAfterMs / 1_000))));
      const [code, detail] = REFUSALS[begun.kind];
      throw new StateError(code, detail);
    }
  }
  return mixin(IdempotentInterceptor);
}

const atWork = (context: ExecutionContext): unknown =>
  Reflect.getMetadata(IDEMPOTENT, context.getHandler()) ?? Reflect.getMetadata(IDEMPOTENT, context.getClass());

/**
 * Who waits for the handler no more, by a time-out or with its client, ends nothing: a promise runs on. Who has taken its value, as
 * `first()` does, waits for no more of them, and the response says what became of it.
 */
function untilAnswered(run: KeyedRun, streams: () => void): MonoTypeOperatorFunction<unknown> {
  let hasAnswered = false;
  return tap({
    next: (value) => {
      hasAnswered = true;
      if (value instanceof StreamableFile) streams();
    },
    error: (thrown) => {
      if (isRefusalForNow(thrown)) run.refuseForNow();
    },
    unsubscribe: () => {
      if (!hasAnswered) run.lapse();
    },
  });
}

const REFUSALS = {
  absent: ['idempotency_key_missing', `this request needs the header ${NAME}`],
  invalid: ['invalid_idempotency_key', `${NAME} ${KEY_RULE}`],
  unscoped: ['invalid_idempotency_key', `${NAME} is a random UUID (version 4)`],
  'in-flight': ['idempotency_in_flight', `a request with this ${NAME} has not been answered yet`],
  mismatch: ['idempotency_mismatch', `this ${NAME} came with another path, query or body before`],
} as const satisfies Record<Exclude<KeyedBegun['kind'], 'mine' | 'done'>, readonly [StateErrorCode, string]>;

function storedOf({ status, header, body }: CapturedResponse, names: readonly string[]): StoredResponse | undefined {
  if (body === undefined) return undefined;
  const headers = names.flatMap((name): [string, string][] => {
    const value = header(name);
    return value === undefined ? [] : [[name, value]];
  });
  return withBody({ status, headers: Object.fromEntries(headers) }, body);
}

function notStored(): StoredResponse {
  const { code, status, message } = new StateError(
    'idempotency_response_not_stored',
    `it was done for this ${NAME}, and its response was too large to be stored, or not sent whole`,
  );
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return { status, headers, body: JSON.stringify({ statusCode: status, message, errorCode: code }) };
}

function replay(response: HttpResponse, stored: StoredResponse): void {
  const { headers, body } = bodyOf(stored);
  answerAtOnce(response, {
    status: stored.status,
    headers: { ...headers, [IDEMPOTENCY_REPLAYED_HEADER]: 'true' },
    body,
  });
}
