/** ErrorKind is one entry of a lib's catalogue of errors. */
export interface ErrorKind {
  /** HTTP status that fits when an api answers with the error. */
  readonly status: number;
  readonly meaning: string;
  /**
   * Of a 503: in how many seconds to try again.
   * @default 1
   */
  readonly retryAfterS?: number;
}

const UNAVAILABLE = 503;
const RETRY_AFTER_S = 1;

/**
 * CodedError is an error with a stable code and the HTTP status that fits. It has the shape of the errors of the package http-errors
 * (`statusCode`, `expose`, `headers`), which Nest, Express and Fastify answer with that status.
 */
export abstract class CodedError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly status: number;
  readonly #retryAfterS: number | undefined;

  constructor(code: Code, { status, retryAfterS = RETRY_AFTER_S }: ErrorKind, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
    this.status = status;
    this.#retryAfterS = status === UNAVAILABLE ? retryAfterS : undefined;
  }

  // Getters, so that loggers that write what an error has do not write one fact three times.
  get statusCode(): number {
    return this.status;
  }

  /** Whether the client may see the message. From 500 on it is for those who run the service: it may name hosts and settings. */
  get expose(): boolean {
    return this.status < 500;
  }

  /** In how many seconds to try again; of a 503 alone. */
  get retryAfterS(): number | undefined {
    return this.#retryAfterS;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#retryAfterS === undefined ? {} : { 'retry-after': String(this.#retryAfterS) };
  }
}
