import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blocksRunBy } from '../../checks/src/code-blocks.ts';
import { hasCurl } from '../src/client/curl.ts';
import { Fleet } from '../src/driver/make-fleet.ts';

const isReady = hasCurl();
if (!isReady) console.warn('CURL IS MISSING: WHAT THE READMES TELL TO TYPE IS NOT RUN.');
const withCurl = isReady ? describe : describe.skip;

const fleet = new Fleet();
const isRoot = ({ file }: { readonly file: string }): boolean => file === 'README.md';
/** That of the repository ends the fleet, so it is the last. */
const blocks = blocksRunBy(import.meta.filename).toSorted((a, b) => Number(isRoot(a)) - Number(isRoot(b)));
const lines = blocks.flatMap(({ code }) => code.trim().split('\n'));
const isCurl = (line: string): boolean => line.startsWith('curl ');

interface Visit {
  served_by: string;
  session_count: number;
}

/** As it is written, but for the address and the jar, which are of this fleet; curl ends with 22 on a fault. */
async function type(line: string): Promise<string> {
  const here = line.replaceAll('http://localhost:8080', fleet.url).replaceAll(/\bjar\b/g, join(fleet.directory, 'jar'));
  const { code, output } = await fleet.shell(here, { CURL_HOME: fleet.directory });
  expect({ line, code, output }).toMatchObject({ code: 0 });
  return output;
}

const typeMatching = (part: string): Promise<string> => {
  const line = lines.find((each) => each.includes(part));
  if (line === undefined) throw new Error(`no README has a line with ${part}`);
  return type(line);
};

withCurl('what the README, and those of the apps, tell to type', () => {
  beforeAll(async () => {
    writeFileSync(join(fleet.directory, '.curlrc'), 'silent\nshow-error\nfail-with-body\n');
    await fleet.make('up', { API: 3, GATEWAY: 1, WORKER: 1, PORT: 0 }, 300_000);
  }, 300_000);
  afterAll(() => fleet.dispose(), 120_000);

  it('are requests and commands of make', () => {
    expect(blocks.map(({ file }) => file).slice(-2)).toEqual(['apps/worker/README.md', 'README.md']);
    expect(lines.filter(isCurl).length).toBeGreaterThan(4);
    expect(lines.filter((line) => !isCurl(line) && !line.startsWith('make '))).toEqual([]);
  });

  it('counts one session on over the replicas', async () => {
    const visits: Visit[] = [];
    for (let visit = 0; visit < 20; visit++) visits.push(JSON.parse(await typeMatching('/api/ ')) as Visit);
    expect(visits.map(({ session_count: count }) => count)).toEqual(visits.map((_, index) => index + 1));
    expect(new Set(visits.map(({ served_by: name }) => name)).size).toBeGreaterThan(1);
  }, 120_000);

  it('works, each line of it, one after the other', async () => {
    const said = new Map<string, string>();
    for (const line of lines) said.set(line, await type(line));
    const answerOf = (part: string): string => [...said].find(([line]) => line.includes(part))?.[1] ?? '';
    expect(JSON.parse(answerOf('/get?key='))).toMatchObject({ value: 'blue' });
    expect(JSON.parse(answerOf('/api/session'))).toMatchObject({ fields: { theme: 'dark' } });
    expect(JSON.parse(answerOf('/values/theme'))).toMatchObject({ key: 'theme', value: 'teal' });
    expect(JSON.parse(answerOf('/counters/likes'))).toMatchObject({ name: 'likes', count: 2 });
    expect(JSON.parse(answerOf('"primes"'))).toMatchObject({ name: 'primes', outcome: 'created' });
    expect(JSON.parse(answerOf("'host: api.localhost'"))).toMatchObject({ served_by: expect.stringMatching(/^api-/) });
    expect(JSON.parse(answerOf('/enqueue?'))).toMatchObject({ id: expect.any(String) });
    expect(answerOf('make ps')).toContain('api-2');
  }, 300_000);
});
