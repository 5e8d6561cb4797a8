import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readDashboard } from './dashboard-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nf-dashboard-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('readDashboard', () => {
  it('serves the page at /, to be asked for each time', () => {
    writeFileSync(join(folder, 'index.html'), '<p>hi');
    expect(readDashboard(folder)).toEqual([
      {
        url: '/',
        body: Buffer.from('<p>hi'),
        headers: expect.objectContaining({
          'content-type': 'text/html; charset=utf-8',
          'cache-control': 'no-cache',
          'content-security-policy': expect.stringContaining("script-src 'self';"),
        }),
        coded: [],
      },
    ]);
  });

  it('lets hashed assets be kept for good, and asks again for the rest', () => {
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), '');
    writeFileSync(join(folder, 'assets', 'index-Bx.js'), '1');
    writeFileSync(join(folder, 'favicon.svg'), '<svg/>');
    const byUrl = new Map(readDashboard(folder)?.map((file) => [file.url, file.headers]));
    expect(byUrl.get('/assets/index-Bx.js')).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(byUrl.get('/favicon.svg')).toMatchObject({ 'content-type': 'image/svg+xml', 'cache-control': 'no-cache' });
  });

  it('has what was compressed beside a file as the same file, and nothing else that ends so', () => {
    for (const [name, text] of Object.entries({
      'index.html': '',
      'a.js': 'plain',
      'a.js.br': 'b',
      'a.js.gz': 'g',
      'b.gz': 'own',
    }))
      writeFileSync(join(folder, name), text);
    const byUrl = new Map(readDashboard(folder)?.map((file) => [file.url, file]));
    expect([...byUrl.keys()].toSorted()).toEqual(['/', '/a.js', '/b.gz']);
    const { headers, coded } = byUrl.get('/a.js')!;
    expect(headers['vary']).toBe('accept-encoding');
    expect(coded.map(({ coding, body }) => [coding, body.toString()])).toEqual([
      ['br', 'b'],
      ['gzip', 'g'],
    ]);
    const type = 'text/javascript; charset=utf-8';
    for (const { coding, headers: own } of coded)
      expect(own).toMatchObject({ 'content-type': type, 'content-encoding': coding, vary: 'accept-encoding' });
    expect(new Set([headers, ...coded.map((each) => each.headers)].map(({ etag }) => etag)).size).toBe(3);
    expect(byUrl.get('/b.gz')?.headers).not.toHaveProperty('vary');
  });

  it('knows when there is no build', () => {
    expect(readDashboard(join(folder, 'nothing'))).toBeUndefined();
    writeFileSync(join(folder, 'other.js'), '');
    expect(readDashboard(folder)).toBeUndefined();
  });
});
