import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** Whoever calls these is called back later, where nobody catches what is thrown. */
const REGISTERS = new RegExp(
  String.raw`(?<!\bboundary)\.(?:on|once|addListener|prependListener|addEventListener|subscribe)\(` +
    String.raw`|(?<![.\w])(?:setTimeout|setInterval|setImmediate|queueMicrotask|process\.nextTick)\(`,
  'g',
);
/** What is handed over has gone through a boundary. */
const IS_GUARDED =
  /^[^;]{0,160}?(?:\bguarded\(|\bboundary\.guard\(|, ignore\)|\(this\.on(?:Timer|TurnEnd)\b|\(this\.flush\b)/s;

/** Files without an exchange, each with its reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'proxy/boundary.ts': 'the boundary itself',
  'public-socket.ts': 'hands connections to node:http; its other listener is there while the process starts',
  'proxy/attempt-log.ts': 'writes a log line',
};

const source = import.meta.dirname;

function unguarded(text: string): string[] {
  return [...text.matchAll(REGISTERS)]
    .filter((match) => !IS_GUARDED.test(text.slice(match.index)))
    .map((match) => text.slice(match.index, match.index + 60).replaceAll(/\s+/g, ' '));
}

describe('event handlers of the gateway', () => {
  it('all run within a boundary', () => {
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .filter((file) => !(file in EXCEPTIONS));
    expect(files).toContain('proxy/exchange.ts');
    const found = files.flatMap((file) => unguarded(readFileSync(join(source, file), 'utf8')).map((at) => [file, at]));
    expect(found).toEqual([]);
  });

  it.each([
    ["socket.on('data', (chunk) => take(chunk));", false],
    ["reply.raw.once('close', this.onClose);", false],
    ['setTimeout(() => socket.destroy(), 5);', false],
    ["signal.addEventListener('abort', stop);", false],
    ['process.nextTick(go);', false],
    ["this.boundary.on(socket, 'data', (chunk) => take(chunk));", true],
    ["server.on('upgrade', guarded(onUpgrade, cut));", true],
    ['queueMicrotask(boundary.guard(this.onTold));', true],
    ["socket.on('error', ignore);", true],
  ])('are told apart: %s', (text, isGuarded) => expect(unguarded(text).length === 0).toBe(isGuarded));
});
