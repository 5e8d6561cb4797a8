import { afterEach, expect, it } from '@jest/globals';
import { redisCommand } from './redis-link.ts';
import { type Replica, json, open, openWithoutWaiting, ownNamespace, redisUrl, withRedis } from './replica.ts';

const url = redisUrl ?? '';

const environmentOf = (more: Record<string, string> = {}) => ({
  REDIS_URL: url,
  NAMESPACE: ownNamespace(),
  ...more,
});

withRedis('an api and the layout of its store', () => {
  const opened: Replica[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((replica) => replica.close())));

  it.each([
    ['writes layout 1 unless told', {}, '1'],
    ['writes the one that STATE_LAYOUT names', { STATE_LAYOUT: '2' }, '2'],
  ])('%s', async (_what, more, layout) => {
    const environment = environmentOf(more);
    const replica = await open(environment, 'api-1');
    opened.push(replica);
    const counted = await replica.app.inject({ method: 'POST', url: '/counters/x', headers: json, payload: {} });
    expect(counted.json()).toMatchObject({ count: 1 });
    const said = await redisCommand(url, 'GET', `${environment.NAMESPACE}:{layout}:version`);
    expect(said).toBe(`$1\r\n${layout}\r\n`);
  });

  it('is not ready over one that a newer release has written', async () => {
    const environment = environmentOf();
    await redisCommand(url, 'SET', `${environment.NAMESPACE}:{layout}:version`, '3');
    const replica = await openWithoutWaiting(environment, 'api-1');
    opened.push(replica);
    await expect(replica.ready()).rejects.toMatchObject({ code: 'state_layout_newer' });
    expect((await replica.app.inject('/readyz')).statusCode).toBe(503);
  });
});
