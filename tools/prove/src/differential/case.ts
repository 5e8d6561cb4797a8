/** A ProxyCase is bytes from a client, bytes from a replica, and what both must see then, whatever the edge proxy. */
export interface ProxyCase {
  /** Names it in the table of differences. */
  readonly id: string;
  /** From the client, one character per byte. */
  readonly request: string;
  /** From the replica, one character per byte. @default a 200 with the body `ok` */
  readonly answer?: string;
  /** The replica ends the connection behind its answer. */
  readonly ends?: boolean;
  /**
   * Headers that the outcome tells: of the request as the replica got it, of the answer as the client got it. `:line` is the
   * first line, `*` the names of all, `=value` those with this value.
   */
  readonly tells?: { readonly request?: readonly string[]; readonly answer?: readonly string[] };
  /** See `outcomeOf`. */
  readonly expected: string;
}

/** The head of a request, and its end. The client asks for no other one on its connection. */
export const head = (line: string, ...fields: readonly string[]): string =>
  [line, ...fields, 'connection: close', '', ''].join('\r\n');

/** A plain request, for what is about its answer. */
export const PLAIN_REQUEST = head('GET /api/x HTTP/1.1', 'host: a');
