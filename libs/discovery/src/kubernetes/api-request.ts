import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { DeadlineError, startDeadline } from '@nestfleet/timing';
import { wholeNumberIn } from '../whole-number.ts';
import { ApiError } from './api-error.ts';

/** ApiAccess is how the API server is reached. */
export interface ApiAccess {
  /** `http:` or `https:`, with the path that all others stand below. */
  readonly server: URL;
  /** Asked for with every request: it expires after an hour, and a new one is written before. */
  readonly token: (() => string) | undefined;
  /** PEM text of the cluster's authorities. */
  readonly ca: (() => string) | undefined;
}

export interface ApiRequest {
  /** From `/apis`, parts already encoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Until the head of the answer, and the whole of one that is no success. */
  readonly headWithinMs: number;
  /** Until its end. */
  readonly endWithinMs: number;
  readonly signal: AbortSignal;
}

/** For a connection, with TLS. A server that hangs takes connections and says nothing. */
const CONNECT_MS = 3_000;
/** After this long without a byte the kernel asks whether the other end is there, ten times, a second apart. */
const KEEP_ALIVE_MS = 5_000;
const REASON_MAX_CHARS = 1_000;

async function refusalOf(response: IncomingMessage): Promise<ApiError> {
  const { statusCode = 502, headers } = response;
  let text = '';
  for await (const part of response) {
    text += part as string;
    if (text.length > REASON_MAX_CHARS) break;
  }
  const retryAfterMs = (wholeNumberIn(headers['retry-after']) ?? 0) * 1_000;
  return new ApiError(statusCode, `answered ${statusCode}: ${text.slice(0, REASON_MAX_CHARS)}`, retryAfterMs);
}

/**
 * apiRequest is the text of a successful answer, part by part; the first is empty, and says that there is one. Each has a connection of its own: what happens to one watch does not end
 * the others, and after a fault nothing is sent over a connection that may be dead. Redirects are not followed, since the token is for this server.
 *
 * @throws ApiError for an answer that is no success, DeadlineError where one is late, what the system says, or the signal's reason
 */
export async function* apiRequest({ server, token, ca }: ApiAccess, wanted: ApiRequest): AsyncGenerator<string> {
  const { path, query, headWithinMs, endWithinMs, signal } = wanted;
  signal.throwIfAborted();
  const url = new URL(server.href.replace(/\/*$/, path));
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const isTls = url.protocol === 'https:';
  const headers = { accept: 'application/json', ...(token && { authorization: `Bearer ${token()}` }) };
  const sent = isTls
    ? requestHttps(url, { agent: false, headers, ca: ca?.() })
    : requestHttp(url, { agent: false, headers });
  const answered = Promise.withResolvers<IncomingMessage>();
  let open: { destroy(error?: Error): unknown } = sent;
  const abort = (): unknown => open.destroy(signal.reason as Error);
  const boundedBy = (ms: number) => startDeadline(ms, () => open.destroy(new DeadlineError(ms)));
  const cancelConnect = boundedBy(CONNECT_MS);
  const cancelHead = boundedBy(headWithinMs);
  const cancelEnd = boundedBy(endWithinMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    sent.once('socket', (socket) => {
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      socket.once(isTls ? 'secureConnect' : 'connect', cancelConnect);
    });
    sent.once('response', answered.resolve);
    // Also after the answer began, when its reader hears of it.
    sent.on('error', answered.reject);
    sent.end();
    const response = await answered.promise;
    open = response;
    response.setEncoding('utf8');
    // Before the head's time is over: a refusal whose body does not end is not waited for as long as a watch.
    if (response.statusCode !== 200) throw await refusalOf(response);
    cancelHead();
    yield '';
    for await (const part of response) yield part as string;
  } finally {
    signal.removeEventListener('abort', abort);
    for (const cancel of [cancelConnect, cancelHead, cancelEnd]) cancel();
    open.destroy();
  }
}
