import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROXY_NAMES, type ProxyName } from './differences.ts';

const root = resolve(import.meta.dirname, '../../../..');
const read = (file: string): string => readFileSync(resolve(root, file), 'utf8');

/** Where a bound is set: the file, and the number behind these words. */
type Source = readonly [file: string, words: string];

const adapter = (words: string): Source => ['libs/service/src/http/adapter.ts', words];
const gateway = (file: string, words: string): Source => [`apps/frontend-gateway/src/${file}`, words];
const config = (name: string): Source => gateway('gateway.config.ts', `  ${name}: wholeNumber(1, 3_600_000).prefault(`);
const haproxy = (words: string): Source => ['deploy/haproxy/edge-proxy.cfg', `    ${words} `];
const traefik = (words: string): Source => ['deploy/traefik/edge-proxy.yaml', `      TRAEFIK_${words}: `];

/** By the rows of the table in docs/edge-proxies.md. What has no source here has no such bound. */
const bounds: Readonly<Record<string, Partial<Record<ProxyName, Source>>>> = {
  'the head of a request': { gateway: adapter('HEADERS_MS = '), HAProxy: haproxy('timeout http-request') },
  'an idle connection of a client': {
    gateway: adapter('KEEP_ALIVE_MS = '),
    HAProxy: haproxy('timeout http-keep-alive'),
    Traefik: traefik('ENTRYPOINTS_WEB_TRANSPORT_RESPONDINGTIMEOUTS_IDLETIMEOUT'),
  },
  'a whole request': {
    gateway: ['libs/service/src/config/base-config.ts', '(1, 86_400_000)\n    .prefault('],
    Traefik: traefik('ENTRYPOINTS_WEB_TRANSPORT_RESPONDINGTIMEOUTS_READTIMEOUT'),
  },
  'silence within a body': {
    gateway: [
      'libs/service/src/config/base-config.ts',
      'REQUEST_BODY_GRACE_PERIOD_MS: wholeNumber(1, 3_600_000).prefault(',
    ],
    HAProxy: haproxy('timeout client'),
  },
  'a connection to a replica': {
    gateway: gateway('reverse-proxy.ts', 'CONNECT_TIMEOUT_MS = '),
    HAProxy: haproxy('timeout connect'),
    Traefik: traefik('SERVERSTRANSPORT_FORWARDINGTIMEOUTS_DIALTIMEOUT'),
  },
  'the head of an answer': {
    gateway: config('UPSTREAM_DEADLINE_MS'),
    HAProxy: haproxy('timeout server'),
    Traefik: traefik('SERVERSTRANSPORT_FORWARDINGTIMEOUTS_RESPONSEHEADERTIMEOUT'),
  },
  'silence within an answer': { gateway: config('UPSTREAM_SILENCE_MS'), HAProxy: haproxy('timeout server') },
  'silence within a stream of events': {
    gateway: gateway('proxy/answer-stream.ts', 'EVENTS_SILENCE_MS = '),
    HAProxy: haproxy('http-response set-timeout server'),
  },
  'silence within a WebSocket': { HAProxy: haproxy('timeout tunnel') },
  'a client that takes nothing': { gateway: config('CLIENT_SEND_TIMEOUT_MS'), HAProxy: haproxy('timeout client') },
  'an idle connection to a replica': {
    gateway: gateway('reverse-proxy.ts', 'KEEP_ALIVE_MS = '),
    Traefik: traefik('SERVERSTRANSPORT_FORWARDINGTIMEOUTS_IDLECONNTIMEOUT'),
  },
};

const UNIT_MS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1_000, h: 3_600_000 };

function msOf([file, words]: Source): number {
  const text = read(file);
  const at = text.indexOf(words);
  const [, number = '', unit = ''] = /^([\d_]+)(ms|s|h)?/.exec(text.slice(at + words.length)) ?? [];
  if (at < 0 || number === '') throw new Error(`${file} has no number behind ${words}`);
  return Number(number.replaceAll('_', '')) * UNIT_MS[unit]!;
}

/** The cells of each row of the table, by its first one. */
function table(): ReadonlyMap<string, readonly string[]> {
  const [, section = ''] = read('docs/edge-proxies.md').split('## Time bounds\n');
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return new Map(
    rows
      .map((row) =>
        row
          .slice(2, -2)
          .split('|')
          .map((cell) => cell.trim()),
      )
      .map(([name = '', ...cells]) => [name, cells]),
  );
}

const NUMBER = /^(\d+) (ms|s|h)\b/;

describe('the time bounds in docs/edge-proxies.md', () => {
  const rows = table();

  it('are the ones that are set', () => {
    expect([...rows.keys()].slice(2)).toEqual(Object.keys(bounds));
    const told = Object.keys(bounds).map((name) => [
      name,
      ...PROXY_NAMES.map((_proxy, column) => {
        const [, number, unit = ''] = NUMBER.exec(rows.get(name)?.[column] ?? '') ?? [];
        return number === undefined ? undefined : Number(number) * UNIT_MS[unit]!;
      }),
    ]);
    const set = Object.entries(bounds).map(([name, by]) => [
      name,
      ...PROXY_NAMES.map((proxy) => by[proxy] && msOf(by[proxy])),
    ]);
    expect(told).toEqual(set);
  });
});
