import { Agent, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { type Answer, type Ask, CookieJar, ask, requestOf } from './http-client.ts';

/** Which of the edge proxy's names a request is for: the bare address, `api.<domain>`, `app.<domain>`. */
export type Site = 'edge' | 'api' | 'app';

export type Opened = readonly [request: ClientRequest, answer: Promise<IncomingMessage>];

/**
 * The edge proxy under test. Names are put into `Host` and the connection goes to the edge proxy's address, so no resolver
 * has to know them.
 */
export class EdgeProxy {
  readonly origin: string;
  readonly scheme: 'http' | 'https';
  readonly port: number;
  readonly hostname: string;
  readonly domain: string;
  /** Authority that signed for the edge proxy, PEM; undefined for one that everybody trusts. */
  readonly ca: string | undefined;

  constructor(url: string, domain: string, ca?: string) {
    const { origin, port, hostname, protocol } = new URL(url);
    this.origin = origin;
    this.hostname = hostname;
    this.scheme = protocol === 'https:' ? 'https' : 'http';
    this.port = port === '' ? { http: 80, https: 443 }[this.scheme] : Number(port);
    this.domain = domain;
    this.ca = ca;
  }

  host(site: Site): string {
    return site === 'edge' ? `${this.hostname}:${this.port}` : `${site}.${this.domain}:${this.port}`;
  }

  /** As a browser would name it. */
  page(site: Site): string {
    return `${this.scheme}://${this.host(site)}`;
  }

  ask(path: string, options: Ask = {}, site: Site = 'edge'): Promise<Answer> {
    return ask(`${this.origin}${path}`, this.named(options, site));
  }

  /** As a browser that keeps the session's cookie. */
  askAs(jar: CookieJar, path: string, options: Ask = {}, site: Site = 'edge'): Promise<Answer> {
    return jar.ask(`${this.origin}${path}`, this.named(options, site));
  }

  /**
   * open sends the head of a request on a connection of its own: who calls it writes the body, and reads the answer as it
   * comes.
   */
  open(path: string, options: Pick<RequestOptions, 'method' | 'signal'> & Pick<Ask, 'headers'> = {}): Opened {
    const { headers, ...rest } = this.named(options, 'edge');
    const request = requestOf(this.origin)(`${this.origin}${path}`, {
      ...rest,
      agent: false,
      headers: { connection: 'close', ...headers },
    });
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve).on('error', reject);
    });
    return [request, answer];
  }

  /** For clients whose connections stay. */
  keptConnections(maxSockets: number): Agent {
    const options = { keepAlive: true, maxSockets };
    if (this.scheme === 'http') return new Agent(options);
    return new TlsAgent({ ...options, ...(this.ca === undefined ? {} : { ca: this.ca }) });
  }

  /** Chromium's rules that lead every name of the domain, and of one that is foreign to it, to this edge proxy. */
  get hostRules(): string {
    return [`*.${this.domain}`, '*.foreign.test'].map((name) => `MAP ${name} ${this.hostname}`).join(',');
  }

  private named<T extends Ask>(options: T, site: Site) {
    const headers = { host: this.host(site), ...options.headers };
    return { ...options, headers, ...(this.ca === undefined ? {} : { ca: this.ca }) };
  }
}
