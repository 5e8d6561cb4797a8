import { isIP } from 'node:net';
import type { ArrivedHeaders } from '@nestfleet/contracts';
import { type Answer, type Ask } from '../../client/http-client.ts';
import type { Check } from '../../checkers/check.ts';
import type { Site } from '../../client/edge-proxy.ts';
import type { Row, Subject } from '../row.ts';

const SPOOFED_ADDRESS = '203.0.113.7';
/** @param scheme the one that the client did not come by */
const spoofed = (scheme: 'http' | 'https'): Record<string, string> => ({
  'x-forwarded-for': SPOOFED_ADDRESS,
  'x-forwarded-proto': scheme,
  'x-forwarded-host': 'evil.example',
  'x-forwarded-prefix': '/evil',
  'x-forwarded-port': '4444',
  'x-forwarded-scheme': 'evil',
  'x-forwarded-ssl': 'evil',
  'x-forwarded-user': 'evil',
  'x-real-ip': SPOOFED_ADDRESS,
});
const spoofedBy = ({ edge }: Subject): Record<string, string> => spoofed(edge.scheme === 'http' ? 'https' : 'http');

/** As a client that nothing here has a reason to trust. */
const askAsStranger = ({ edge, knownDriver }: Subject, path: string, options: Ask, site: Site): Promise<Answer> => {
  const localAddress = knownDriver?.strangerAddress;
  return edge.ask(path, { ...options, ...(localAddress === undefined ? {} : { localAddress }) }, site);
};

const valuesOf = ({ pairs }: ArrivedHeaders, name: string): string[] =>
  pairs.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);

export const forwarded: Row = {
  name: 'forwarded',
  shows: 'X-Forwarded-* tell the truth; those of a client are not trusted; cookies are Secure over https only',
  run: async (check, subject) => {
    await subject.needDiagnostics();
    for (const [site, path, prefix] of [
      ['edge', '/api/diagnostics/headers', '/api'],
      ['app', '/api/diagnostics/headers', '/api'],
      ['api', '/diagnostics/headers', undefined],
    ] as const) {
      const host = subject.edge.host(site);
      const plain = await askAsStranger(subject, path, {}, site);
      const told = await askAsStranger(subject, path, { headers: spoofedBy(subject) }, site);
      for (const [name, { text }] of Object.entries({ plain, spoofed: told })) {
        const arrived = JSON.parse(text) as ArrivedHeaders;
        const said = (what: string): string => `${host}, ${name}: ${what}`;
        addresses(check, subject, arrived, said);
        check.equal(said('x-forwarded-proto'), valuesOf(arrived, 'x-forwarded-proto'), [subject.edge.scheme]);
        check.equal(said('x-forwarded-host'), valuesOf(arrived, 'x-forwarded-host'), [host]);
        check.equal(said('x-forwarded-prefix'), valuesOf(arrived, 'x-forwarded-prefix'), prefix ? [prefix] : []);
        check.equal(said('host'), valuesOf(arrived, 'host'), [host]);
        check.equal(
          said('host and protocol as the api takes them'),
          [arrived.host, arrived.protocol],
          [host, subject.edge.scheme],
        );
        const believed = arrived.pairs.filter(([, value]) => /203\.0\.113\.7|evil|4444/.test(value));
        check.equal(said("the client's words"), believed, []);
      }
    }
    await cookies(check, subject);
  },
};

function addresses(check: Check, subject: Subject, arrived: ArrivedHeaders, said: (what: string) => string): void {
  const [first, ...more] = valuesOf(arrived, 'x-forwarded-for').flatMap((value) =>
    value.split(',').map((each) => each.trim()),
  );
  check.holds(said('x-forwarded-for begins with an address'), isIP(first ?? '') !== 0, first);
  check.equal(said('the client as the api takes it'), arrived.client, first);
  const own = subject.knownDriver?.strangerAddress;
  if (own === undefined) return;
  check.equal(said('x-forwarded-for begins with the client'), first, own);
  // A gateway behind an edge proxy names the edge proxy, which is on this machine.
  check.equal(
    said('x-forwarded-for names somebody else'),
    more.filter((each) => each !== '127.0.0.1'),
    [],
  );
}

async function cookies(check: Check, subject: Subject): Promise<void> {
  const { headers } = await askAsStranger(subject, '/api/', { headers: spoofedBy(subject) }, 'edge');
  const [cookie = ''] = headers['set-cookie'] ?? [];
  check.holds('a cookie is set', cookie.startsWith('sid='), cookie.slice(0, 8));
  check.holds('HttpOnly', /; ?HttpOnly/i.test(cookie));
  check.holds('SameSite=Lax', /; ?SameSite=Lax/i.test(cookie));
  check.equal('Secure, whatever the client says', /; ?Secure/i.test(cookie), subject.edge.scheme === 'https');
}

const HOP = {
  connection: 'close, x-hop-secret',
  'x-hop-secret': 'only for the edge proxy',
  'keep-alive': 'timeout=99',
  'proxy-connection': 'keep-alive',
  te: 'gzip;q=0.5',
  upgrade: 'x-other-protocol',
  'x-end-to-end': 'for the api',
};

export const hopByHop: Row = {
  name: 'hop-by-hop',
  shows: 'headers of one connection end at the edge proxy, those of the message go through',
  run: async (check, subject) => {
    await subject.needDiagnostics();
    const answer = await subject.edge.ask('/api/diagnostics/headers', { headers: HOP });
    check.equal('status', answer.status, 200);
    const arrived = JSON.parse(answer.text) as ArrivedHeaders;
    check.equal('x-end-to-end', valuesOf(arrived, 'x-end-to-end'), ['for the api']);
    for (const name of ['x-hop-secret', 'keep-alive', 'proxy-connection', 'te', 'upgrade'])
      check.equal(name, valuesOf(arrived, name), []);
    const connection = valuesOf(arrived, 'connection').join(',');
    check.holds("connection says nothing of the client's", !/x-hop-secret/i.test(connection), connection);

    // Naming the edge proxy's own headers as headers of the hop must not take them away.
    const named = await subject.edge.ask('/api/diagnostics/headers', {
      headers: { connection: 'close, x-forwarded-for, x-forwarded-proto, x-forwarded-prefix' },
    });
    const kept = JSON.parse(named.text) as ArrivedHeaders;
    for (const name of ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-prefix'])
      check.equal(`${name} though the client named it in Connection`, valuesOf(kept, name).length, 1);
    check.holds('the answer passes x-served-by', answer.headers['x-served-by'] === arrived.served_by);
  },
};
