import assert from 'node:assert/strict';
import type { ListOptions, Values } from '../../src/values/values.ts';
import type { StateCase } from './case.ts';
import { expectCode } from './expect-code.ts';

const PAGES_MAX = 1_000;

/** Walks all pages and answers them. */
async function walk(values: Values, options: ListOptions): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  let cursor: string | undefined;
  do {
    const page = await values.list({ ...options, ...(cursor === undefined ? {} : { cursor }) });
    assert.equal(new Set(page.keys).size, page.keys.length, 'a key is twice in one page');
    pages.push(page.keys);
    cursor = page.nextCursor;
    assert.match(cursor ?? 'x', /^[A-Za-z0-9_-]{1,64}$/);
    assert.ok(pages.length < PAGES_MAX, 'the walk does not end');
  } while (cursor !== undefined);
  return pages;
}

const sorted = (pages: readonly (readonly string[])[]) => [...new Set(pages.flat())].toSorted();

const encoded = (text: string) => Buffer.from(text).toString('base64url');

export const valueListCases: readonly StateCase[] = [
  {
    name: 'value list: empty without values, whole when they are few',
    async run(make) {
      const { values } = (await make()).state;
      // In a store that is full of other keys these are several pages, each of them empty.
      assert.deepEqual(sorted(await walk(values, {})), []);
      await values.put('b', 'v');
      await values.put('a', 'v');
      assert.deepEqual(sorted(await walk(values, {})), ['a', 'b']);
    },
  },
  {
    name: 'value list: walks everything in pages of about the limit',
    async run(make) {
      const { values } = (await make()).state;
      const keys = Array.from({ length: 300 }, (_none, n) => `k${String(n).padStart(3, '0')}`);
      await Promise.all(keys.map((key) => values.put(key, 'v')));
      const pages = await walk(values, { limit: 20 });
      assert.deepEqual(sorted(pages), keys);
      assert.ok(pages.length > 5, `${pages.length} pages`);
      for (const page of pages) assert.ok(page.length <= 60, `${page.length} keys in a page of 20`);
    },
  },
  {
    name: 'value list: a prefix is taken literally',
    async run(make) {
      const { state } = await make();
      const { values } = state;
      for (const key of ['user:1', 'user:2', 'users', 'other', 'a']) await values.put(key, 'v');
      await state.counters.add('user:3');
      assert.deepEqual(sorted(await walk(values, { prefix: 'user:' })), ['user:1', 'user:2']);
      assert.deepEqual(sorted(await walk(values, { prefix: 'user' })), ['user:1', 'user:2', 'users']);
      for (const prefix of ['*', '?', '[a-z]', 'user:[12]', '\\', 'user:*', 'no']) {
        assert.deepEqual(sorted(await walk(values, { prefix })), [], `prefix ${prefix}`);
      }
    },
  },
  {
    name: 'value list: a key that is there all the time is not missed while others come and go',
    async run(make) {
      const { values } = (await make()).state;
      const stays = Array.from({ length: 60 }, (_none, n) => `stays-${String(n).padStart(2, '0')}`);
      await Promise.all(stays.map((key) => values.put(key, 'v')));
      await Promise.all(Array.from({ length: 60 }, (_none, n) => values.put(`goes-${n}`, 'v')));
      const seen = new Set<string>();
      let cursor: string | undefined;
      for (let turn = 0; turn < PAGES_MAX; turn += 1) {
        const page = await values.list({ limit: 10, ...(cursor === undefined ? {} : { cursor }) });
        for (const key of page.keys) seen.add(key);
        cursor = page.nextCursor;
        if (cursor === undefined) break;
        await values.remove(`goes-${turn}`);
        await values.put(`comes-${turn}`, 'v');
      }
      for (const key of stays) assert.ok(seen.has(key), `${key} is missing`);
    },
  },
  {
    name: 'value list: a made up cursor that could be one begins elsewhere, and shows nothing but the prefix',
    async run(make) {
      const { state } = await make();
      for (const key of ['user:1', 'user:2', 'other']) await state.values.put(key, 'v');
      await state.counters.add('user:3');
      for (const place of ['1', '7', '4096', '18446744073709551615']) {
        const page = await state.values.list({ prefix: 'user:', cursor: encoded(place) });
        assert.deepEqual(
          page.keys.filter((key) => !['user:1', 'user:2'].includes(key)),
          [],
        );
      }
    },
  },
  {
    name: 'value list: refuses cursors, limits and prefixes that make no sense',
    async run(make) {
      const { values } = (await make()).state;
      for (const cursor of ['', '!', 'x', encoded('-1'), encoded('1e9'), encoded('9'.repeat(21)), encoded('0')]) {
        await expectCode('invalid_cursor', values.list({ cursor }));
      }
      for (const limit of [0, -1, 1.5, 1_001, Number.NaN]) await expectCode('invalid_limit', values.list({ limit }));
      await expectCode('invalid_key', values.list({ prefix: 'x'.repeat(129) }));
    },
  },
];
