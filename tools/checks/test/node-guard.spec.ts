import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';

interface Guards {
  bundleGuard: (name: string) => string;
  moduleGuard: (name: string) => string;
  nodeRange: string;
}

const guards = (await import(new URL('../../rolldown.node.mjs', import.meta.url).href)) as Guards;

/** What the text of a guard does under a Node that says to be of another version. */
function runUnder(version: string, guard: string): { said: string; code: number | undefined } {
  const seen: { said: string; code: number | undefined } = { said: '', code: undefined };
  const stderr = { write: (text: string) => (seen.said += text) };
  const exit = (code: number) => (seen.code = code);
  runInNewContext(guard, { process: { versions: { node: version }, stderr, exit } });
  return seen;
}

describe('the guard of a bundle', () => {
  it.each(['18.19.1', '20.20.2', '21.7.3'])('ends it under Node %s with one sentence and 78', (version) => {
    expect(runUnder(version, guards.bundleGuard('api'))).toEqual({
      said: `api needs Node 22 or newer, and this is Node ${version}.\n`,
      code: 78,
    });
  });

  it.each(['22.0.0', '24.21.0', '100.0.0'])('says nothing under Node %s', (version) => {
    expect(runUnder(version, guards.bundleGuard('api'))).toEqual({ said: '', code: undefined });
  });
});

describe('the guard of a packed lib', () => {
  it.each(['18.19.1', '20.20.2'])('throws under Node %s, in words', (version) => {
    const sentence = `@nestfleet/state needs Node 22 or newer, and this is Node ${version}.`;
    expect(() => runUnder(version, guards.moduleGuard('@nestfleet/state'))).toThrow(sentence);
  });

  it('says nothing under Node 22', () => {
    expect(() => runUnder('22.0.0', guards.moduleGuard('@nestfleet/state'))).not.toThrow();
  });

  it('asks for the Node that the package names', () => {
    expect(guards.nodeRange).toBe('>=22');
  });
});
