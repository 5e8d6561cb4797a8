import {
  PROBLEM_MEDIA_TYPE,
  REQUEST_ID_HEADER,
  enqueued,
  job,
  jobList,
  problem,
  storedValue,
  topology,
  visit,
} from '@nestfleet/contracts';
import type { Clock } from '../browser/clock.ts';
import { type Answer, type Backend, BackendProblem } from './backend.ts';
import { pageProblem } from './errors.ts';

/** Longer than any deadline inside the fleet, so that the fleet's own problem arrives first. */
const TIMEOUT_MS = 6_000;

/** The part of a zod schema that is used here. */
interface Schema<T> {
  safeParse(input: unknown): { success: true; data: T } | { success: false; error: { message: string } };
}

export interface HttpBackendOptions {
  /** Where the page lives; `api/…` and `topology` are taken relative to it. */
  readonly base: URL;
  readonly fetch: (input: URL, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
}

/** `Retry-After` is seconds or an HTTP date. Null where it is missing or neither. */
export function parseRetryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Turns a non-2xx answer into the problem it carries; a balancer's own error page becomes `unexpected_answer`. */
function toProblem(response: Response, text: string, nowMs: number): BackendProblem {
  const retryAfterMs = parseRetryAfterMs(response.headers.get('retry-after'), nowMs);
  const isProblem = response.headers.get('content-type')?.includes(PROBLEM_MEDIA_TYPE) ?? false;
  const parsed = isProblem ? problem.safeParse(parseJson(text)) : undefined;
  if (parsed?.success) return new BackendProblem(parsed.data, retryAfterMs);
  return pageProblem('unexpected_answer', `Status ${response.status} without a problem document.`, {
    status: response.status,
    requestId: response.headers.get(REQUEST_ID_HEADER),
    retryAfterMs,
  });
}

const json = (method: string, body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** createHttpBackend is the fleet behind the edge proxy that served the page. Same origin, so the session cookie goes along. */
export function createHttpBackend({ base, fetch, clock }: HttpBackendOptions): Backend {
  async function send(path: string, init: RequestInit): Promise<{ response: Response; text: string }> {
    const abort = new AbortController();
    const cancelTimeout = clock.after(TIMEOUT_MS, () => abort.abort());
    try {
      const response = await fetch(new URL(path, base), { ...init, signal: abort.signal, cache: 'no-store' });
      return { response, text: await response.text() };
    } catch (error) {
      if (abort.signal.aborted) throw pageProblem('no_answer_in_time', `No answer within ${TIMEOUT_MS} ms.`);
      throw pageProblem('edge_unreachable', error instanceof Error ? error.message : String(error));
    } finally {
      cancelTimeout();
    }
  }

  async function call<T>(path: string, schema: Schema<T>, init: RequestInit = {}): Promise<Answer<T>> {
    const sentAtMs = clock.nowMs();
    const { response, text } = await send(path, init);
    if (!response.ok) throw toProblem(response, text, clock.nowMs());
    const requestId = response.headers.get(REQUEST_ID_HEADER);
    const parsed = schema.safeParse(parseJson(text));
    if (!parsed.success)
      throw pageProblem('unexpected_answer', parsed.error.message, { status: response.status, requestId });
    return { body: parsed.data, requestId, latencyMs: clock.nowMs() - sentAtMs };
  }

  return {
    isDemo: false,
    visit: () => call('api/', visit),
    enqueue: (post, idempotencyKey) =>
      call('api/jobs', enqueued, json('POST', post, { 'idempotency-key': idempotencyKey })),
    findJob: (id) => call(`api/jobs/${encodeURIComponent(id)}`, job),
    listJobs: (limit) => call(`api/jobs?limit=${limit}`, jobList),
    putValue: (key, value) => call(`api/values/${encodeURIComponent(key)}`, storedValue, json('PUT', { value })),
    getValue: (key) => call(`api/values/${encodeURIComponent(key)}`, storedValue),
    topology: () => call('topology', topology),
  };
}
