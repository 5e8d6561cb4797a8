import { type Agent, type ClientRequest, type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly tookMs: number;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** The body is sent in parts over this time, as by a slow client. */
  readonly sendOverMs?: number;
  /** So many bytes of it go out at once before that. */
  readonly sendAtOnce?: number;
  readonly timeoutMs?: number;
  /** Keeps connections for the next request; without it each request has one of its own. */
  readonly agent?: Agent;
  /** Address to come from, for a machine that has several. */
  readonly localAddress?: string;
  /** Certificate of the authority to trust for https, PEM. */
  readonly ca?: string;
}

/** The request function of an address. */
export const requestOf = (url: string | URL): typeof httpRequest =>
  new URL(url).protocol === 'https:' ? httpsRequest : httpRequest;

/** One request; never retries. Rejects when the connection fails or the answer is cut short. */
export function ask(
  url: string | URL,
  {
    method = 'GET',
    headers = {},
    body,
    sendOverMs = 0,
    sendAtOnce = 0,
    timeoutMs = 10_000,
    agent,
    localAddress,
    ca,
  }: Ask = {},
): Promise<Answer> {
  const startMs = performance.now();
  let answered = false;
  return new Promise((resolve, reject) => {
    const request = requestOf(url)(
      url,
      {
        method,
        ...(agent ? { agent, headers } : { agent: false, headers: { connection: 'close', ...headers } }),
        ...(localAddress === undefined ? {} : { localAddress }),
        ...(ca === undefined ? {} : { ca }),
      },
      (response) => {
        answered = true;
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
            tookMs: performance.now() - startMs,
          }),
        );
      },
    );
    request.setTimeout(timeoutMs, () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    // A server that refuses a large body answers and closes; the write error that follows says nothing more.
    request.on('error', (error) => (answered ? undefined : reject(error)));
    if (sendOverMs === 0 || body === undefined) request.end(body);
    else sendSlowly(request, Buffer.from(body), sendOverMs, sendAtOnce);
  });
}

const PARTS = 10;

function sendSlowly(request: ClientRequest, body: Buffer, overMs: number, atOnce: number): void {
  request.setHeader('content-length', body.length);
  const size = Math.ceil((body.length - atOnce) / PARTS);
  const endOf = (part: number): number => atOnce + (part + 1) * size;
  const send = (part: number): void => {
    if (request.destroyed) return;
    request.write(body.subarray(part === 0 ? 0 : endOf(part - 1), endOf(part)));
    if (part === PARTS - 1) request.end();
    else setTimeout(() => send(part + 1), overMs / (PARTS - 1));
  };
  send(0);
}

/** What a browser keeps of one origin: the `sid` cookie, as it was last set. */
export class CookieJar {
  sid: string | undefined;
  setCount = 0;

  constructor(sid?: string) {
    this.sid = sid;
  }

  async ask(url: string | URL, options: Ask = {}): Promise<Answer> {
    const cookie: Record<string, string> = this.sid === undefined ? {} : { cookie: `sid=${this.sid}` };
    const answer = await ask(url, { ...options, headers: { ...cookie, ...options.headers } });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const value = /^sid=([^;]*)/.exec(line)?.[1];
      if (value === undefined) continue;
      this.sid = value;
      this.setCount += 1;
    }
    return answer;
  }
}
