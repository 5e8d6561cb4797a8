/** IdempotentOptions are what @Idempotent() is told. All of them have a default. */
export interface IdempotentOptions<Request = unknown> {
  /**
   * False: a request without a key is done each time that it comes.
   * @default true: it is refused (400)
   */
  readonly required?: boolean;
  /**
   * Whose key it is: the user, the tenant, the session; the same for each retry. Undefined where nobody can tell.
   * @default nobody: a key must be a random UUID, so that nobody else has the same one; else 400
   */
  readonly scope?: (request: Request) => string | undefined;
  /**
   * What makes a request another one; any JSON or bytes.
   * @default the body as it was parsed. Method, path and query always count
   */
  readonly fingerprint?: (request: Request) => unknown;
  /**
   * Headers of the response that are stored and replayed, beside `content-type`, `content-encoding`, `cache-control`, `etag` and
   * `location`. Never `set-cookie`.
   */
  readonly headers?: readonly string[];
  /** How long a response is replayed, 1 second to 24 hours. @default 86_400_000 (24 hours) */
  readonly ttlMs?: number;
  /** Name of the State. @default the one without a name */
  readonly state?: string;
}

const STORED_HEADERS = ['content-type', 'content-encoding', 'cache-control', 'etag', 'location'];

/** storedHeaders are the names of all headers that are stored, in small letters. */
export function storedHeaders({ headers = [] }: IdempotentOptions<never>): readonly string[] {
  const names = headers.map((name) => name.toLowerCase());
  // A cookie is a secret of one client, and whoever reads Redis would have it.
  if (names.includes('set-cookie')) throw new TypeError('@Idempotent() stores no set-cookie');
  return [...new Set([...STORED_HEADERS, ...names])];
}
