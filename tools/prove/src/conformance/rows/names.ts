import { HEALTH_PATHS, type Visit } from '@nestfleet/contracts';
import type { Browser, Page } from 'playwright-core';
import { CookieJar } from '../../client/http-client.ts';
import type { Check } from '../../checkers/check.ts';
import type { EdgeProxy } from '../../client/edge-proxy.ts';
import { inQuietNetwork } from '../quiet-network.ts';
import { NotRun, type Row, type Subject } from '../row.ts';

const PREFLIGHT = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'content-type,if-match' };

export const subDomains: Row = {
  name: 'sub-domains',
  shows: 'api.<domain> is the api with no path taken off, app.<domain> the gateway; CORS names one origin',
  run: async (check, subject) => {
    const { edge } = subject;
    await hosts(check, subject);
    const app = edge.page('app');
    const ask = (path: string, origin: string, options = {}) =>
      edge.ask(path, { ...options, headers: { origin, ...(options as { headers?: object }).headers } }, 'api');

    const preflight = await ask('/values/x', app, { method: 'OPTIONS', headers: PREFLIGHT });
    check.holds('a preflight is answered 2xx', preflight.status >= 200 && preflight.status < 300, preflight.status);
    check.equal('its allowed origin', preflight.headers['access-control-allow-origin'], app);
    check.equal('its credentials', preflight.headers['access-control-allow-credentials'], 'true');
    const methods = String(preflight.headers['access-control-allow-methods']);
    check.holds('its methods hold PUT', methods.includes('PUT'), methods);
    const answer = await ask('/whoami', app);
    check.equal('an answer names the origin', answer.headers['access-control-allow-origin'], app);
    check.holds('and varies by it', /origin/i.test(String(answer.headers.vary)), answer.headers.vary);

    for (const foreign of [
      'http://evil.example',
      `${edge.scheme}://xapp.${edge.domain}:${edge.port}`,
      'null',
      `${app}.evil.example`,
    ])
      for (const options of [{ method: 'OPTIONS', headers: PREFLIGHT }, {}]) {
        const refused = await ask('/whoami', foreign, options);
        const allowed = refused.headers['access-control-allow-origin'];
        check.holds(`${foreign} is not allowed`, allowed !== foreign && allowed !== '*', allowed);
      }
  },
};

async function hosts(check: Parameters<Row['run']>[0], { edge, knownDriver }: Subject): Promise<void> {
  const jar = new CookieJar();
  for (const count of [1, 2]) {
    const visit = JSON.parse((await edge.askAs(jar, '/', {}, 'api')).text) as Partial<Visit>;
    check.equal(`/ of api.${edge.domain} counts`, visit.session_count, count);
  }
  check.equal('/api is no prefix there', (await edge.ask('/api/whoami', {}, 'api')).status, 404);
  const page = await edge.ask('/', { headers: { accept: 'text/html' } }, 'app');
  check.holds(
    `/ of app.${edge.domain} is the page`,
    page.text.includes('<!doctype html>') || page.text.includes('<!DOCTYPE html>'),
  );
  const through = await edge.ask('/api/whoami', {}, 'app');
  check.equal('and has the api under /api', through.status, 200);
  // Over https no client gets so far: such a name is in no certificate.
  if (edge.scheme === 'http') {
    const nobody = await edge.ask('/', { headers: { host: `nobody.${edge.domain}:${edge.port}` } });
    check.equal(`a name that is not served, nobody.${edge.domain}`, nobody.status, 404);
    check.holds('its answer leads to those that are', nobody.text.includes(`//app.${edge.domain}`), nobody.text);
  }
  const upper = await edge.ask('/whoami', { headers: { host: edge.host('api').toUpperCase() } });
  check.holds('names are compared without case', 'served_by' in JSON.parse(upper.text), upper.text.slice(0, 100));
  const apis = (await knownDriver?.ready('api'))?.map((each) => each.servedBy);
  const gateways = (await knownDriver?.ready('frontend-gateway'))?.map((each) => each.servedBy);
  if (!apis || !gateways) return;
  check.holds('served by an api replica', apis.includes(String(through.headers['x-served-by'])));
  check.holds('the page is served by a gateway', gateways.includes(String(page.headers['x-served-by'])));
}

export const crossOrigin: Row = {
  name: 'cross-origin',
  shows: 'in Chromium: the cookie of api.<domain> goes with calls from app.<domain>, a foreign page is refused',
  run: async (check, subject) => {
    const { edge } = subject;
    if (!edge.domain.includes('.'))
      throw new NotRun('not applicable', `to a browser each name under ${edge.domain} is a site of its own`);
    const browser = await subject.browser();
    await inQuietNetwork(check, (seen) => inBrowser(seen, browser, edge));
  },
};

async function inBrowser(check: Check, browser: Browser, edge: EdgeProxy): Promise<void> {
  const context = await browser.newContext({ ignoreHTTPSErrors: edge.ca !== undefined });
  try {
    const page = await context.newPage();
    await page.goto(`${edge.page('app')}${HEALTH_PATHS.live}`);
    const visits = [await visitFrom(page, edge), await visitFrom(page, edge), await visitFrom(page, edge)];
    check.equal(
      'session_count as the page sees it',
      visits.map((each) => each.session_count),
      [1, 2, 3],
    );
    check.equal('session ids', new Set(visits.map((each) => each.session_id)).size, 1);
    const cookies = await context.cookies(`${edge.page('api')}/`);
    const sid = cookies.find((each) => each.name === 'sid');
    check.equal('the cookie belongs to', sid?.domain, `api.${edge.domain}`);
    const secure = edge.scheme === 'https';
    check.equal('HttpOnly, Secure, SameSite', [sid?.httpOnly, sid?.secure, sid?.sameSite], [true, secure, 'Lax']);

    const foreign = await context.newPage();
    await foreign.goto(`${edge.scheme}://page.foreign.test:${edge.port}${HEALTH_PATHS.live}`);
    const refused = await visitFrom(foreign, edge).then(
      () => 'answered',
      () => 'refused',
    );
    check.equal('the same call from a foreign page', refused, 'refused');
  } finally {
    await context.close();
  }
}

const visitFrom = (page: Page, edge: EdgeProxy): Promise<Visit> =>
  page.evaluate(
    async (url) => {
      const answer = await fetch(url, { credentials: 'include' });
      return (await answer.json()) as Visit;
    },
    `${edge.page('api')}/`,
  );
