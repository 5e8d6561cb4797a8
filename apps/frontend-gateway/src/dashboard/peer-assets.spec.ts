import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Instance } from '@nestfleet/discovery';
import { PeerAssets } from './peer-assets.ts';

const ASSETS = Array.from({ length: 20 }, (_, n) => `/assets/page-${n}.js`);
const own = { instanceId: 'own', version: '2.0.0' };
/** What each peer was asked for, in turn. */
let asked: { readonly peer: number; readonly url: string }[] = [];

/** The last one has the assets, and no other. */
const servers: Server[] = Array.from({ length: 6 }, (_, peer) =>
  createServer(({ url = '' }, response) => {
    asked.push({ peer, url });
    const has = peer === 5 && ASSETS.includes(url);
    response.writeHead(has ? 200 : 404).end(has ? `of ${url}` : '');
  }),
);

beforeAll(() =>
  Promise.all(servers.map((server) => new Promise<void>((done) => void server.listen(0, '127.0.0.1', done)))),
);
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});
beforeEach(() => void (asked = []));

/** The peers, with the versions in turn. */
const peersOf = (...versions: string[]): Instance[] =>
  versions.map((version, at) => {
    const { port } = servers[at]!.address() as AddressInfo;
    return {
      id: `peer-${at}`,
      service: 'frontend-gateway',
      address: '127.0.0.1',
      port,
      health: 'passing' as const,
      tags: [],
      meta: { version },
      weight: 1,
      epoch: 0,
    };
  });
const textOf = async (found: ReturnType<PeerAssets['find']>): Promise<string | undefined> =>
  (await found)?.body.toString();

describe('PeerAssets', () => {
  it('finds all assets of a page at once, also where the last of many peers alone has them', async () => {
    const assets = new PeerAssets(() => peersOf(...Array<string>(6).fill('2.0.0')), own);
    const found = await Promise.all(ASSETS.map((url) => textOf(assets.find(url))));
    expect(found).toEqual(ASSETS.map((url) => `of ${url}`));
  });

  it('asks the peers of another version first', async () => {
    const assets = new PeerAssets(() => peersOf('2.0.0', '2.0.0', '2.0.0', '2.0.0', '2.0.0', '1.0.0'), own);
    expect(await textOf(assets.find(ASSETS[0]!))).toBe(`of ${ASSETS[0]}`);
    expect(asked).toContainEqual({ peer: 5, url: ASSETS[0] });
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  it('asks once for what many ask for at one time', async () => {
    const assets = new PeerAssets(() => peersOf('2.0.0', '2.0.0', '2.0.0', '2.0.0', '2.0.0', '1.0.0'), own);
    const found = await Promise.all(Array.from({ length: 100 }, () => textOf(assets.find(ASSETS[1]!))));
    expect(new Set(found)).toEqual(new Set([`of ${ASSETS[1]}`]));
    expect(asked.filter(({ peer }) => peer === 5)).toHaveLength(1);
  });

  it('bounds what it looks for, and finds again what comes later', async () => {
    const assets = new PeerAssets(() => peersOf('1.0.0'), own);
    const all = Array.from({ length: 80 }, (_, n) => assets.find(`/assets/none-${n}.js`));
    expect(new Set(await Promise.all(all))).toEqual(new Set([undefined]));
    expect(asked).toHaveLength(64);
    await assets.find('/assets/none-79.js');
    expect(asked).toHaveLength(65);
  });

  it('asks nobody for what no build names, and not itself', async () => {
    const self = { ...peersOf('1.0.0')[0]!, id: 'own' };
    const assets = new PeerAssets(() => [self], own);
    for (const url of ['/assets/../topology', '/assets/a/b.js', '/topology', ASSETS[0]!])
      expect(await assets.find(url)).toBeUndefined();
    expect(asked).toEqual([]);
  });
});
