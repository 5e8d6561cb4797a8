import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { CONTENT_SECURITY_POLICY } from '@nestfleet/service';
import { CODINGS, type Coding } from './content-coding.ts';

/** The same file in a content coding, compressed when it was built. */
export interface CodedFile {
  readonly coding: Coding;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export interface DashboardFile {
  /** Address below the gateway's root, e.g. `/assets/index-BxYz.js`; the page itself is `/`. */
  readonly url: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly coded: readonly CodedFile[];
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** The page names its assets by hash, so it is asked for each time, and answered with 304 where it is the same. */
const PAGE_HEADERS = { 'cache-control': 'no-cache', 'content-security-policy': CONTENT_SECURITY_POLICY };
const HASHED_HEADERS = { 'cache-control': 'public, max-age=31536000, immutable' };
const PLAIN_HEADERS = { 'cache-control': 'no-cache' };

export const etagOf = (body: Buffer): string =>
  `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;

/** Headers of one file by its address, made once and not per request. */
export function headersOf(url: string, extension: string, body: Buffer): Record<string, string> {
  const caching = url === '/' ? PAGE_HEADERS : url.startsWith('/assets/') ? HASHED_HEADERS : PLAIN_HEADERS;
  return { 'content-type': MEDIA_TYPES[extension] ?? 'application/octet-stream', etag: etagOf(body), ...caching };
}

/**
 * The built dashboard, read into memory once: a few files of a few hundred kB that change only with a new build. What is
 * served is this list, so no path of a request ever reaches the file system.
 * @returns undefined when there is no built page in the folder
 */
export function readDashboard(folder: string): DashboardFile[] | undefined {
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  } catch {
    return undefined;
  }
  if (!names.includes('index.html')) return undefined;
  const isCoded = (name: string): boolean =>
    CODINGS.some(({ extension }) => name.endsWith(extension) && names.includes(name.slice(0, -extension.length)));
  return names
    .filter((name) => !isCoded(name))
    .map((name) => {
      const body = readFileSync(join(folder, name));
      const url = name === 'index.html' ? '/' : `/${name.split(sep).map(encodeURIComponent).join('/')}`;
      const headers = headersOf(url, extname(name), body);
      const there = CODINGS.filter(({ extension }) => names.includes(`${name}${extension}`));
      if (there.length === 0) return { url, body, headers, coded: [] };
      // Whoever keeps an answer must not give it to a client that cannot read it.
      const vary = { ...headers, vary: 'accept-encoding' };
      const coded = there.map(({ coding, extension }) => {
        const compressed = readFileSync(join(folder, `${name}${extension}`));
        return { coding, body: compressed, headers: { ...vary, 'content-encoding': coding, etag: etagOf(compressed) } };
      });
      return { url, body, headers: vary, coded };
    });
}
