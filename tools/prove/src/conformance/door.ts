import { type Answer, type Ask, CookieJar, ask } from '../client.ts';

/** Which of the door's names a request is for: the bare address, `api.<domain>`, `app.<domain>`. */
export type Site = 'door' | 'api' | 'app';

/**
 * The front door under test. Names are put into `Host` and the connection goes to the door's address, so no resolver
 * has to know them.
 */
export class Door {
  readonly origin: string;
  readonly port: number;
  readonly hostname: string;
  readonly domain: string;

  constructor(url: string, domain: string) {
    const { origin, port, hostname } = new URL(url);
    this.origin = origin;
    this.hostname = hostname;
    this.port = port === '' ? 80 : Number(port);
    this.domain = domain;
  }

  host(site: Site): string {
    return site === 'door' ? `${this.hostname}:${this.port}` : `${site}.${this.domain}:${this.port}`;
  }

  ask(path: string, options: Ask = {}, site: Site = 'door'): Promise<Answer> {
    return ask(`${this.origin}${path}`, this.named(options, site));
  }

  /** As a browser that keeps the session's cookie. */
  askAs(jar: CookieJar, path: string, options: Ask = {}, site: Site = 'door'): Promise<Answer> {
    return jar.ask(`${this.origin}${path}`, this.named(options, site));
  }

  /** Chromium's rules that lead every name of the domain, and of one that is foreign to it, to this door. */
  get hostRules(): string {
    return [`*.${this.domain}`, '*.foreign.test'].map((name) => `MAP ${name} ${this.hostname}`).join(',');
  }

  private named(options: Ask, site: Site): Ask {
    return { ...options, headers: { host: this.host(site), ...options.headers } };
  }
}
