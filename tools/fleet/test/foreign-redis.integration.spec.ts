import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { processesOf, FixtureFleet, ask } from './fixture-fleet.ts';

const URL_WITH_PASSWORD = 'redis+sentinel://:hunter2@127.0.0.1:26379/main';
// Its program is looked for no more than it is started.
const fleet = new FixtureFleet({ STACK_REDIS_URL: URL_WITH_PASSWORD, NESTFLEET_REDIS_SERVER: '/nowhere/redis-server' });

describe('a fleet with a Redis that somebody else runs', () => {
  beforeAll(async () => {
    await fleet.must('up', '--port=0', '--api=1', '--worker=0');
  }, 60_000);
  afterAll(() => fleet.dispose(), 60_000);

  it('starts none, and tells its replicas the address', async () => {
    expect(fleet.state.servers.map(({ name }) => name)).toEqual(['consul']);
    const { env } = await ask(`http://127.0.0.1:${fleet.replicas('api')[0]?.ports.http}/`);
    expect(env['REDIS_URL']).toBe(URL_WITH_PASSWORD);
  });

  it('shows its password on no command line, and not in the state file', () => {
    const lines = processesOf(fleet.dir).map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(lines.join('\n')).not.toContain('hunter2');
    expect(JSON.stringify(fleet.state)).not.toContain('hunter2');
  });

  it.each(['stop-server', 'start-server'])('refuses %s of it', async (command) => {
    const { code, text } = await fleet.run(command, '--server=redis');
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('is run by somebody else') });
  });
});
