import { HttpException } from '@nestjs/common';
import type { Problem } from '@nestfleet/contracts';

export interface FieldFault {
  /** Dotted path of the field. */
  readonly path: string;
  readonly message: string;
}

/** ProblemSpec is what an error becomes on the wire. */
export interface ProblemSpec {
  readonly status: number;
  /** Stable word for programs. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly FieldFault[];
  /** Seconds for `Retry-After`. */
  readonly retryAfterS?: number;
  /** What else the answer says in headers, lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** ProblemError may be thrown anywhere in a request; it reaches the client as problem+json (RFC 9457). */
export class ProblemError extends Error {
  readonly spec: ProblemSpec;

  constructor(spec: ProblemSpec, options?: ErrorOptions) {
    super(spec.detail, options);
    this.name = 'ProblemError';
    this.spec = spec;
  }
}

/** ProblemMapper maps an app's own errors; undefined leaves the error to the defaults. */
export type ProblemMapper = (error: unknown) => ProblemSpec | undefined;

const TITLES: Readonly<Record<number, readonly [code: string, title: string]>> = {
  400: ['bad_request', 'The request does not fit'],
  401: ['unauthorized', 'Not signed in'],
  403: ['forbidden', 'Not allowed'],
  404: ['not_found', 'Nothing is here'],
  405: ['method_not_allowed', 'This method is not served here'],
  406: ['not_acceptable', 'No acceptable form'],
  409: ['conflict', 'The state does not allow it'],
  410: ['gone', 'It is no longer here'],
  412: ['precondition_failed', 'It has changed meanwhile'],
  413: ['body_too_large', 'The body is too large'],
  414: ['uri_too_long', 'The address is too long'],
  415: ['unsupported_media_type', 'This media type is not read here'],
  417: ['expectation_failed', 'This expectation is not met here'],
  429: ['too_many_requests', 'Too many requests'],
  431: ['headers_too_large', 'The headers are too large'],
  500: ['internal', 'Something went wrong here'],
  503: ['unavailable', 'Not available for now'],
};

/** titleOf is the title of any problem of this status that has no better one. */
export const titleOf = (status: number): string => (TITLES[status] ?? (status >= 500 ? TITLES[500]! : TITLES[400]!))[1];

const isFastifyError = (error: unknown): error is { statusCode: number; code: string; message: string } =>
  error instanceof Error && typeof (error as { statusCode?: unknown }).statusCode === 'number';

/** Libraries repeat the whole address in their words, characters. */
const DETAIL_LENGTH_MAX = 300;

/** toProblemSpec maps any error. What is not known becomes a 500 without a detail of the inside. */
export function toProblemSpec(error: unknown, mapper?: ProblemMapper): ProblemSpec {
  if (error instanceof ProblemError) return error.spec;
  const mapped = mapper?.(error);
  if (mapped) return mapped;
  const status = error instanceof HttpException ? error.getStatus() : isFastifyError(error) ? error.statusCode : 500;
  const [code, title] = TITLES[status] ?? (status >= 500 ? TITLES[500]! : TITLES[400]!);
  const detail = (status < 500 && error instanceof Error ? error.message : title).slice(0, DETAIL_LENGTH_MAX);
  return { status, code, title, detail };
}

export const toProblem = (spec: ProblemSpec, requestId: string): Problem => ({
  type: `urn:nestfleet:problem:${spec.code}`,
  title: spec.title,
  status: spec.status,
  detail: spec.detail,
  code: spec.code,
  request_id: requestId,
  ...(spec.errors && spec.errors.length > 0
    ? { errors: spec.errors.map(({ path, message }) => ({ path, message })) }
    : {}),
});
