import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { StoredValue, ValueList } from '@nestfleet/contracts';
import { json, open, ownNamespace, problemOf, redisUrl, type Replica, withRedis } from './replica.ts';

const etagOf = (answer: { headers: Record<string, unknown> }): string => String(answer.headers['etag']);

withRedis('values over HTTP', () => {
  let one: Replica;
  let two: Replica;
  beforeAll(async () => {
    const environment = { REDIS_URL: redisUrl ?? '', NAMESPACE: ownNamespace() };
    one = await open(environment, 'api-1');
    two = await open(environment, 'api-2');
  });
  afterAll(async () => {
    await one?.close();
    await two?.close();
  });

  const put = (key: string, value: string, headers: Record<string, string> = {}) =>
    one.app.inject({ method: 'PUT', url: `/values/${key}`, headers: { ...json, ...headers }, payload: { value } });
  const get = (key: string, headers: Record<string, string> = {}) => two.app.inject({ url: `/values/${key}`, headers });
  const remove = (key: string, headers: Record<string, string> = {}) =>
    two.app.inject({ method: 'DELETE', url: `/values/${key}`, headers });

  it('have one entity tag on all replicas, for a write, a read and a HEAD', async () => {
    const written = await put('tag', 'blue');
    expect(written.statusCode).toBe(201);
    expect((await put('tag', 'blue')).statusCode).toBe(200);
    const again = await put('tag', 'blue');
    expect(etagOf(again)).not.toBe(etagOf(written));
    expect(etagOf(written)).toBe(`"${written.json<StoredValue>().version}"`);
    const read = await get('tag');
    expect(read.json()).toMatchObject({ key: 'tag', value: 'blue', ttl_ms: expect.any(Number), served_by: 'api-2' });
    const head = await two.app.inject({ method: 'HEAD', url: '/values/tag' });
    expect([head.statusCode, head.body, head.headers['content-length']]).toEqual([
      200,
      '',
      read.headers['content-length'],
    ]);
    expect([etagOf(read), etagOf(head)]).toEqual([etagOf(again), etagOf(again)]);
    expect((await two.app.inject({ method: 'HEAD', url: '/values/nothing' })).statusCode).toBe(404);
  });

  it('are not sent again to who has them', async () => {
    const etag = etagOf(await put('known', 'v'));
    for (const known of [etag, `W/${etag}`, `"of,others", ${etag}`, '*']) {
      const answer = await get('known', { 'if-none-match': known });
      expect([known, answer.statusCode, answer.body, etagOf(answer)]).toEqual([known, 304, '', etag]);
    }
    expect((await get('known', { 'if-none-match': '"1"' })).statusCode).toBe(200);
    expect((await get('known', { 'if-match': etag })).statusCode).toBe(200);
    expect((await get('known', { 'if-match': '"1"' })).statusCode).toBe(412);
  });

  it('are written over a known version only, once', async () => {
    const etag = etagOf(await put('cas', '1', { 'if-none-match': '*' }));
    expect((await put('cas', '2', { 'if-none-match': '*' })).statusCode).toBe(412);
    expect((await put('cas', '2', { 'if-none-match': etag })).statusCode).toBe(412);
    const next = etagOf(await put('cas', '2', { 'if-match': `"1", ${etag}` }));
    expect(problemOf(await put('cas', '2', { 'if-match': etag }))).toMatchObject({
      status: 412,
      code: 'version_conflict',
    });
    expect((await put('cas', '3', { 'if-match': `W/${next}` })).statusCode).toBe(412);
    expect((await put('cas', '3', { 'if-match': '*' })).statusCode).toBe(200);
    expect((await put('none', '1', { 'if-match': '*' })).statusCode).toBe(412);
    expect((await put('cas', '4', { 'if-match': '3' })).statusCode).toBe(400);
    expect((await get('cas')).json<StoredValue>().value).toBe('3');
  });

  it('are removed at a known version only, and what is gone is 404', async () => {
    const old = etagOf(await put('gone', '1'));
    const etag = etagOf(await put('gone', '2'));
    expect((await remove('gone', { 'if-match': old })).statusCode).toBe(412);
    expect((await remove('gone', { 'if-none-match': etag })).statusCode).toBe(412);
    expect((await remove('gone', { 'if-match': etag })).statusCode).toBe(204);
    for (const answer of [await remove('gone', { 'if-match': etag }), await remove('gone'), await get('gone')])
      expect(problemOf(answer)).toMatchObject({ status: 404, code: 'value_not_found' });
  });

  it('never get an old entity tag again (ABA)', async () => {
    const old = etagOf(await put('aba', '1'));
    await remove('aba');
    await put('aba', '1');
    expect((await put('aba', '2', { 'if-match': old })).statusCode).toBe(412);
    expect((await remove('aba', { 'if-match': old })).statusCode).toBe(412);
    expect((await get('aba', { 'if-none-match': old })).statusCode).toBe(200);
  });

  it('are created with 201 and replaced with 200, also again after a removal, and by one of many at once', async () => {
    const statuses = async (count: number) =>
      (await Promise.all(Array.from({ length: count }, () => put('made', 'v')))).map(({ statusCode }) => statusCode);
    expect((await statuses(20)).toSorted((a, b) => a - b)).toEqual([...Array.from({ length: 19 }, () => 200), 201]);
    expect(await statuses(1)).toEqual([200]);
    await remove('made');
    expect((await put('made', 'v', { 'if-none-match': '*' })).statusCode).toBe(201);
    expect((await put('made', 'v', { 'if-match': '*' })).statusCode).toBe(200);
  });

  it('that are too long are a 413, by characters and by bytes', async () => {
    expect((await put('long', 'x'.repeat(65_536))).statusCode).toBe(201);
    expect(problemOf(await put('long', 'x'.repeat(65_537)))).toMatchObject({
      status: 413,
      code: 'value_too_large',
      errors: [{ path: 'value', message: expect.stringContaining('65537') }],
    });
    expect(problemOf(await put('long', 'x'.repeat(256 * 1_024)))).toMatchObject({
      status: 413,
      code: 'body_too_large',
    });
    expect((await get('long')).json<StoredValue>().value).toHaveLength(65_536);
    expect(problemOf(await put('half', '\uD800'))).toMatchObject({ status: 400, errors: [{ path: 'value' }] });
  });

  it.each(['a%20b', 'a%2Fb', 'a%7Bb%7D', '%C3%A4', 'x'.repeat(129)])('refuse the key %s', async (key) => {
    for (const answer of [await put(key, 'v'), await get(key), await remove(key)])
      expect([400, 404]).toContain(problemOf(answer).status);
  });

  it('have a lifetime, which the last write decides on', async () => {
    const payload = { value: 'v', ttl_ms: 60_000 };
    await one.app.inject({ method: 'PUT', url: '/values/mortal', headers: json, payload });
    const { ttl_ms: left } = (await get('mortal')).json<StoredValue>();
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThanOrEqual(60_000);
    await put('mortal', 'v');
    // Nobody's: its default lifetime.
    expect((await get('mortal')).json<StoredValue>().ttl_ms).toBeGreaterThan(60_000);
    for (const ttl_ms of [0, -1, 1.5, 31_536_000_001]) {
      const refused = { method: 'PUT', url: '/values/mortal', headers: json, payload: { value: 'v', ttl_ms } } as const;
      expect(problemOf(await one.app.inject(refused))).toMatchObject({ status: 400, errors: [{ path: 'ttl_ms' }] });
    }
  });

  it('are listed by prefix in pages, by a cursor that any replica takes', async () => {
    const keys = Array.from({ length: 60 }, (_none, n) => `page:${String(n).padStart(2, '0')}`);
    await Promise.all([...keys, 'pages'].map((key) => put(key, 'v')));
    const seen = new Set<string>();
    let url: string | undefined = '/values?prefix=page:&limit=10';
    for (let page = 0; url !== undefined; page += 1) {
      const answer: { json(): ValueList } = await (page % 2 === 0 ? one : two).app.inject(url);
      const list = answer.json();
      for (const key of list.keys) seen.add(key);
      url = list.next_cursor === null ? undefined : `/values?prefix=page:&limit=10&cursor=${list.next_cursor}`;
      expect(page).toBeLessThan(100);
    }
    expect([...seen].toSorted()).toEqual(keys);
    for (const query of ['cursor=!', 'cursor=x', 'limit=0', 'limit=101', `prefix=${'x'.repeat(129)}`, 'more=1'])
      expect([query, (await one.app.inject(`/values?${query}`)).statusCode]).toEqual([query, 400]);
  });
});
