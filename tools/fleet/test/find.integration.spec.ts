import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openApt } from '../src/servers/apt.ts';
import { findOnPath } from '../src/servers/binary.ts';
import { consulFromRelease, releaseFile } from '../src/servers/consul-release.ts';
import { findConsul, findRedisServer } from '../src/servers/find.ts';
import { zipOf } from './zip-of.ts';

const fetchTimeoutMs = 240_000;
const version = '1.22.5';
const file = releaseFile(version, process.platform, process.arch);
const archive = zipOf([{ name: 'consul', packed: Buffer.from(`#!/bin/sh\necho Consul v${version}\n`), method: 0 }]);
const digest = createHash('sha256').update(archive).digest('hex');

let cache: string;
const said: string[] = [];
const say = (line: string): void => void said.push(line);

/** A folder of PATH as it would be without the servers: links to all else in it. */
function withoutServers(folder: string, place: string): string {
  const servers = ['redis-server', 'valkey-server', 'consul'];
  if (!servers.some((name) => findOnPath(name, folder))) return folder;
  mkdirSync(place, { recursive: true });
  for (const name of readdirSync(folder).filter((entry) => !servers.includes(entry))) {
    symlinkSync(join(folder, name), join(place, name));
  }
  return place;
}

/** The environment of a machine whose PATH has neither server. */
function bareEnv(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const folders = [...new Set((process.env['PATH'] ?? '').split(delimiter))].filter((folder) => existsSync(folder));
  const bare = folders.map((folder, index) => withoutServers(folder, join(cache, `path-${index}`)));
  return { HOME: cache, XDG_CACHE_HOME: cache, PATH: bare.join(delimiter), ...more };
}

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'nestfleet find-'));
  said.length = 0;
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const silence: RequestListener = () => undefined;

/** A copy of the vendor's site that answers what a test wants. */
function site(): { url: () => string; answer: (listener: RequestListener) => void } {
  let listener = silence;
  let server: Server;
  beforeAll(async () => {
    server = createServer((request, response) => listener(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
  });
  return {
    url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: (next) => (listener = next),
  };
}

const release =
  (sums: string): RequestListener =>
  ({ url }, response) =>
    void (url?.endsWith('SHA256SUMS') ? response.end(sums) : response.end(archive));

describe('the vendor release', () => {
  const { url, answer } = site();

  it('is taken with its checksum, kept, and not asked for again', async () => {
    let requests = 0;
    answer((request, response) => {
      requests += 1;
      return release(`${digest}  ${file}\n`)(request, response);
    });
    const env = bareEnv({ NESTFLEET_CONSUL_SITE: url() });
    const found = await findConsul({ env, say });
    expect(found).toMatchObject({ version, source: "the vendor's release" });
    expect(found.path.startsWith(cache)).toBe(true);
    expect(await findConsul({ env, say })).toEqual(found);
    expect(requests).toBe(2);
  });

  it.each([
    ['has been emptied', ''],
    ['was cut in the middle', '\x7fELF\x02\x01\x01'],
    ['is of another system', '#!/bin/sh\necho cannot execute >&2; exit 126\n'],
  ])('is fetched anew when what the cache holds %s', async (_, content) => {
    answer(release(`${digest}  ${file}\n`));
    const env = bareEnv({ NESTFLEET_CONSUL_SITE: url() });
    const { path } = await findConsul({ env, say });
    writeFileSync(path, content);
    expect(await findConsul({ env, say })).toMatchObject({ version, path });
    expect(said.join('\n')).toContain('removed from the cache');
  });

  it.each([
    ['below a file', () => join(cache, 'a-file', 'cache')],
    ['where the kernel makes no folders', () => '/proc/nowhere'],
  ])('is not blamed for a cache %s: the message names the folder and the setting', async (_, place) => {
    answer(release(`${digest}  ${file}\n`));
    writeFileSync(join(cache, 'a-file'), '');
    const env = bareEnv({ NESTFLEET_CONSUL_SITE: url(), XDG_CACHE_HOME: place() });
    const words = await findConsul({ env, say }).then(
      ({ path }) => path,
      ({ message }: Error) => message,
    );
    expect(words).toContain(`the cache folder ${join(place(), 'nestfleet')} cannot be written`);
    expect(words).toContain('XDG_CACHE_HOME');
    expect(`${said.join('\n')}${words}`).not.toMatch(/Debian's package|out of reach/);
  });

  it('with another checksum is refused and nothing of it is kept', async () => {
    answer(release(`${'0'.repeat(64)}  ${file}\n`));
    const fetching = consulFromRelease(cache, { version, site: url(), reachMs: 20_000, totalMs: 20_000 });
    await expect(fetching).rejects.toMatchObject({ code: 'checksum_mismatch' });
    expect(readdirSync(cache)).toEqual([]);
  });

  it('of a site that does not answer is given up in time', async () => {
    answer(silence);
    // The time of the whole is longer than this test may take.
    const fetching = consulFromRelease(cache, { version, site: url(), reachMs: 200, totalMs: 600_000 });
    await expect(fetching).rejects.toMatchObject({ code: 'step_timeout' });
  });

  it('out of reach, and no apt here: the message says what to install', async () => {
    answer((_request, response) => void response.writeHead(503).end());
    const env = { ...bareEnv({ NESTFLEET_CONSUL_SITE: url() }), PATH: cache };
    const finding = findConsul({ env, say });
    await expect(finding).rejects.toMatchObject({ code: 'server_missing' });
    await expect(finding).rejects.toThrow(/answered 503.*Install 1\.8\.0 or newer.*NESTFLEET_CONSUL/s);
    await expect(findRedisServer({ env, say })).rejects.toThrow(
      /Install 6\.2\.0 or newer.*apt-get install redis-server/s,
    );
  });
});

describe('NESTFLEET_REDIS_FLAVOUR', () => {
  it('is a name of the table, or a fault that says which there are', async () => {
    const finding = findRedisServer({ env: bareEnv({ NESTFLEET_REDIS_FLAVOUR: 'redis9' }), say });
    await expect(finding).rejects.toMatchObject({ code: 'server_unusable' });
    await expect(finding).rejects.toThrow('NESTFLEET_REDIS_FLAVOUR is "redis9", there are redis7, redis8, valkey');
  });

  it('takes no other server that is on PATH, and says where it could be had', async () => {
    writeFileSync(join(cache, 'redis-server'), '#!/bin/sh\necho Redis server v=7.0.15\n', { mode: 0o755 });
    const env = { HOME: cache, PATH: cache };
    expect(await findRedisServer({ env, say })).toMatchObject({ version: '7.0.15', source: 'PATH' });
    const finding = findRedisServer({ env: { ...env, NESTFLEET_REDIS_FLAVOUR: 'valkey' }, say });
    await expect(finding).rejects.toMatchObject({ code: 'server_missing' });
    await expect(finding).rejects.toThrow(/no apt.*Debian to have valkey/s);
  });

  it('is not needed for a Valkey that is on PATH where no Redis is', async () => {
    writeFileSync(join(cache, 'valkey-server'), '#!/bin/sh\necho Valkey server v=9.1.2 sha=0\n', { mode: 0o755 });
    const env = { HOME: cache, PATH: cache };
    expect(await findRedisServer({ env, say })).toMatchObject({ version: '9.1.2', source: 'PATH' });
  });
});

const hasApt = ['apt-get', 'dpkg', 'ldd'].every((name) => findOnPath(name, process.env['PATH']) !== undefined);
if (!hasApt) console.warn('THIS MACHINE HAS NO APT: the packages of the distribution are not tried');
const debian = hasApt && existsSync('/etc/debian_version') ? describe : describe.skip;

debian('the packages of the distribution, into an empty cache', () => {
  const { url, answer } = site();

  it(
    'give a Redis that runs, once for two that ask at the same time',
    async () => {
      const env = bareEnv();
      const [one, two] = await Promise.all([findRedisServer({ env, say }), findRedisServer({ env, say })]);
      expect(one).toMatchObject({
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        source: "the distribution's package",
      });
      expect(two).toEqual(one);
      expect(readdirSync(join(cache, 'nestfleet'))).toHaveLength(1);
    },
    fetchTimeoutMs,
  );

  it(
    'give an old Consul, and a line that says so, where the vendor is out of reach',
    async () => {
      answer((_request, response) => void response.writeHead(503).end());
      const found = await findConsul({ env: bareEnv({ NESTFLEET_CONSUL_SITE: url() }), say });
      expect(found).toMatchObject({ version: '1.8.7', source: "Debian's old package" });
      expect(said.join('\n')).toMatch(/is old/);
    },
    fetchTimeoutMs,
  );

  it(
    'are refused when they are signed by other keys',
    async () => {
      const mirror = await openApt(join(cache, 'machine')).mirrorOf('bookworm');
      const keys = '/usr/share/keyrings/debian-archive-removed-keys.gpg';
      const apt = openApt(join(cache, 'other'), `deb [signed-by=${keys}] ${mirror ?? ''} bullseye main`);
      await apt.update();
      await expect(apt.unpack(['consul'], cache)).rejects.toThrow(/NO_PUBKEY|not signed|isn't|Unable to locate/i);
    },
    fetchTimeoutMs,
  );
});
