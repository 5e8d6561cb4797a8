import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectRedis } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { openState, type State } from '../src/index.ts';
import { describeWith, ownNamespace, WITHIN_MS } from './servers.ts';
import { Browser, PLATFORMS, type SessionApp, startSessionApp } from './session-apps.ts';

const COMMAND_TIMEOUT_MS = 5_000;
const times = (length: number): number[] => Array.from({ length }, (_none, n) => n);

describeWith('NESTFLEET_REDIS_SERVER', 'a session store over two replicas', () => {
  let dir: string;
  let server: RedisServer;
  let states: State[];
  let apps: SessionApp[];
  let browser: Browser;

  const start = (port?: number) =>
    startRedisServer({ dir, appendonly: true, appendfsync: 'always', ...(port === undefined ? {} : { port }) });
  const post = (replica: number, path: string, who = browser) => who.send('POST', `${apps[replica]!.url}/${path}`);
  const read = async (replica: number, who = browser) => (await who.send('GET', `${apps[replica]!.url}/`)).body;
  /** Another tab of the same browser, whose cookie stays as it is. */
  const late = (replica: number, name: string) => browser.send('POST', `${apps[replica]!.url}/late/${name}`, false);
  const waiting = (replica: number, count: number) => until(() => apps[replica]!.gate.waiting === count, WITHIN_MS);

  describe.each(PLATFORMS)('%s', (platform) => {
    beforeEach(async () => {
      dir = await mkdtemp(join(tmpdir(), 'session-store-'));
      server = await start();
      const namespace = ownNamespace();
      const options = { redisUrl: server.url, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS };
      states = times(2).map(() => openState(options));
      await Promise.all(states.map((state) => state.ready()));
      apps = await Promise.all(states.map((state) => startSessionApp(platform, state)));
      browser = new Browser();
    });
    afterEach(async () => {
      await Promise.all(apps.map((app) => app.close()));
      await Promise.all(states.map((state) => state.close()));
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    });

    it('opens no session for who changes none, and keeps its cookie for who does', async () => {
      expect(await browser.send('GET', `${apps[0]!.url}/`)).toMatchObject({ body: {}, setCookie: undefined });
      await post(0, 'set/a');
      const { cookie } = browser;
      await post(1, 'set/b');
      expect([browser.cookie, await read(0)]).toEqual([cookie, { a: 'a', b: 'b' }]);
      await post(1, 'remove/a');
      expect(await read(0)).toEqual({ b: 'b' });
    });

    it('counts all of 40 requests at once over two replicas', async () => {
      await post(0, 'count');
      const answers = await Promise.all(times(40).map((n) => post(n % 2, 'count')));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
      expect(await read(0)).toEqual({ views: 41 });
    });

    it('keeps the fields of requests that read the same session before any of them was saved', async () => {
      await post(0, 'set/a');
      const sent = times(6).map((n) => late(n % 2, `f${n}`));
      await Promise.all([waiting(0, 3), waiting(1, 3)]);
      await post(0, 'remove/a');
      for (const { gate } of apps) gate.letGo();
      await Promise.all(sent);
      expect(await read(1)).toEqual(Object.fromEntries(times(6).map((n) => [`f${n}`, `f${n}`])));
    });

    it('gives a new id at sign-in and knows the old one no more, for a late save neither', async () => {
      await post(0, 'set/a');
      const before = Object.assign(new Browser(), { cookie: browser.cookie });
      const sent = late(1, 'late');
      await waiting(1, 1);
      await post(0, 'sign-in');
      apps[1]!.gate.letGo();
      expect((await sent).status).toBe(201);
      expect(browser.cookie).not.toBe(before.cookie);
      expect(await read(1)).toEqual({ user: 'Ann' });
      expect([await read(0, before), await read(1, before)]).toEqual([{}, {}]);
    });

    it('a sign-out is final, whatever is saved late', async () => {
      await post(0, 'sign-in');
      const old = Object.assign(new Browser(), { cookie: browser.cookie });
      const sent = times(4).map((n) => late(n % 2, `f${n}`));
      await Promise.all([waiting(0, 2), waiting(1, 2)]);
      await post(1, 'sign-out');
      for (const { gate } of apps) gate.letGo();
      await Promise.all(sent);
      expect([await read(0, old), await read(1, old)]).toEqual([{}, {}]);
    });

    it('answers 503 without a cookie while Redis is away, and goes on with the same session after it', async () => {
      await post(0, 'count');
      const sent = late(1, 'late');
      await waiting(1, 1);
      await server.kill();
      const unreachable = async () => (await read(0))['code'] === 'state_unavailable';
      await until(unreachable, WITHIN_MS);
      apps[1]!.gate.letGo();
      expect(await sent).toMatchObject({ status: 503, setCookie: undefined });
      expect(await post(0, 'count')).toMatchObject({ status: 503, setCookie: undefined });
      expect(await post(1, 'set/a', new Browser())).toMatchObject({ status: 503, setCookie: undefined });
      server = await start(server.port);
      await until(async () => (await post(0, 'count')).status === 201, WITHIN_MS);
      await until(async () => (await browser.send('GET', `${apps[1]!.url}/`)).status === 200, WITHIN_MS);
      expect(await read(1)).toEqual({ views: 2 });
    });

    it('says what cannot be stored, and stores what a handler changed that fails', async () => {
      await post(0, 'set/a');
      expect(await post(1, 'large')).toMatchObject({ status: 400, body: { code: 'invalid_session_data' } });
      expect(await post(1, 'fail')).toMatchObject({ status: 412 });
      expect(await read(0)).toEqual({ a: 'a', failed: true });
    });

    it('keeps no id in Redis that a cookie could be made from', async () => {
      await post(0, 'set/a');
      const [signed = ''] = decodeURIComponent(browser.cookie.split('=')[1]!).replace(/^s:/, '').split('.');

      const redis = connectRedis({ url: server.url, namespace: 'any', commandTimeoutMs: COMMAND_TIMEOUT_MS });
      await redis.ready();
      const keys = await redis.client.keys('*');
      await redis.close();
      expect([
        keys.some((key) => key.includes(':session:')),
        keys.some((key) => key.includes(signed.slice(0, 16))),
      ]).toEqual([true, false]);
    });
  });
});
