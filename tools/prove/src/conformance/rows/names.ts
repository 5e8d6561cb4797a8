import type { Visit } from '@nestfleet/contracts';
import type { Browser, Page } from 'playwright-core';
import { CookieJar } from '../../client.ts';
import type { Check } from '../../check.ts';
import type { Door } from '../../door.ts';
import { inQuietNetwork } from '../quiet-network.ts';
import { NotRun, type Row, type Subject } from '../row.ts';

const PREFLIGHT = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'content-type,if-match' };

export const subDomains: Row = {
  name: 'sub-domains',
  shows: 'api.<domain> is the api with no path taken off, app.<domain> the gateway; CORS names one origin',
  run: async (check, subject) => {
    const { door } = subject;
    await hosts(check, subject);
    const app = door.page('app');
    const ask = (path: string, origin: string, options = {}) =>
      door.ask(path, { ...options, headers: { origin, ...(options as { headers?: object }).headers } }, 'api');

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
      `${door.scheme}://xapp.${door.domain}:${door.port}`,
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

async function hosts(check: Parameters<Row['run']>[0], { door, knownDriver }: Subject): Promise<void> {
  const jar = new CookieJar();
  for (const count of [1, 2]) {
    const visit = JSON.parse((await door.askAs(jar, '/', {}, 'api')).text) as Partial<Visit>;
    check.equal(`/ of api.${door.domain} counts`, visit.session_count, count);
  }
  check.equal('/api is no prefix there', (await door.ask('/api/whoami', {}, 'api')).status, 404);
  const page = await door.ask('/', { headers: { accept: 'text/html' } }, 'app');
  check.holds(
    `/ of app.${door.domain} is the page`,
    page.text.includes('<!doctype html>') || page.text.includes('<!DOCTYPE html>'),
  );
  const through = await door.ask('/api/whoami', {}, 'app');
  check.equal('and has the api under /api', through.status, 200);
  // Over https no client gets so far: such a name is in no certificate.
  if (door.scheme === 'http') {
    const nobody = await door.ask('/', { headers: { host: `nobody.${door.domain}:${door.port}` } });
    check.equal(`a name that is not served, nobody.${door.domain}`, nobody.status, 404);
    check.holds('its answer leads to those that are', nobody.text.includes(`//app.${door.domain}`), nobody.text);
  }
  const upper = await door.ask('/whoami', { headers: { host: door.host('api').toUpperCase() } });
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
    const { door } = subject;
    if (!door.domain.includes('.'))
      throw new NotRun('not applicable', `to a browser each name under ${door.domain} is a site of its own`);
    const browser = await subject.browser();
    await inQuietNetwork(check, (seen) => inBrowser(seen, browser, door));
  },
};

async function inBrowser(check: Check, browser: Browser, door: Door): Promise<void> {
  const context = await browser.newContext({ ignoreHTTPSErrors: door.ca !== undefined });
  try {
    const page = await context.newPage();
    await page.goto(`${door.page('app')}/livez`);
    const visits = [await visitFrom(page, door), await visitFrom(page, door), await visitFrom(page, door)];
    check.equal(
      'session_count as the page sees it',
      visits.map((each) => each.session_count),
      [1, 2, 3],
    );
    check.equal('session ids', new Set(visits.map((each) => each.session_id)).size, 1);
    const cookies = await context.cookies(`${door.page('api')}/`);
    const sid = cookies.find((each) => each.name === 'sid');
    check.equal('the cookie belongs to', sid?.domain, `api.${door.domain}`);
    const secure = door.scheme === 'https';
    check.equal('HttpOnly, Secure, SameSite', [sid?.httpOnly, sid?.secure, sid?.sameSite], [true, secure, 'Lax']);

    const foreign = await context.newPage();
    await foreign.goto(`${door.scheme}://page.foreign.test:${door.port}/livez`);
    const refused = await visitFrom(foreign, door).then(
      () => 'answered',
      () => 'refused',
    );
    check.equal('the same call from a foreign page', refused, 'refused');
  } finally {
    await context.close();
  }
}

const visitFrom = (page: Page, door: Door): Promise<Visit> =>
  page.evaluate(
    async (url) => {
      const answer = await fetch(url, { credentials: 'include' });
      return (await answer.json()) as Visit;
    },
    `${door.page('api')}/`,
  );
