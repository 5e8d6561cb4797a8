import { describe, expect, it } from '@jest/globals';
import { withBilling } from '../../test/with-billing.ts';
import { parseCommand } from './command.ts';
import { startOrder } from './services.ts';

describe('parseCommand', () => {
  it('reads what make passes on', () => {
    expect(parseCommand(['up'])).toEqual({ name: 'up', counts: {} });
    expect(parseCommand(['up', '--api=5', '--gateway=2', '--worker=0', '--port=0'])).toEqual({
      name: 'up',
      counts: { api: 5, 'frontend-gateway': 2, worker: 0 },
      port: 0,
    });
    expect(parseCommand(['scale', '--count=5'])).toEqual({ name: 'scale', service: 'api', count: 5 });
    expect(parseCommand(['scale', '--service=gateway', '--count=2'])).toEqual({
      name: 'scale',
      service: 'frontend-gateway',
      count: 2,
    });
    expect(parseCommand(['restart', '--service=gateway'])).toEqual({ name: 'restart', services: ['frontend-gateway'] });
    expect(parseCommand(['restart'])).toEqual({ name: 'restart', services: startOrder });
    expect(parseCommand(['logs', '--of=api-2', '--follow'])).toEqual({ name: 'logs', of: 'api-2', follow: true });
    expect(parseCommand(['stop-server', '--server=redis', '--kill'])).toEqual({
      name: 'stop-server',
      server: 'redis',
      kill: true,
    });
    expect(parseCommand(['undrain', '--instance=api-2'])).toEqual({ name: 'undrain', instance: 'api-2' });
  });

  it('reads counts by the short names of the table, of options before those of variables', () => {
    const env = { API: '4', BILL_RUN: '3', WORKER: '', BILLING: 'https://billing.example', SHELL: '/bin/sh' };
    expect(parseCommand(['up'], env, withBilling)).toMatchObject({ counts: { api: 4, billing: 3 } });
    const { counts } = parseCommand(['up', '--bill-run=2', '--worker=0'], env, withBilling) as { counts: object };
    expect(counts).toEqual({ api: 4, billing: 2, worker: 0 });
    expect(parseCommand(['scale', '--count=5'], env)).toEqual({ name: 'scale', service: 'api', count: 5 });
  });

  it('says which variable holds no count', () => {
    expect(() => parseCommand(['up'], { API: 'https://api.example' })).toThrow(
      /^API is "https:\/\/api.example", expected/,
    );
  });

  it.each([
    [[], /there are up, ps/],
    [['fly'], /no such command: fly/],
    [['up', '--api=many'], /"many", expected a whole number from 0 to 50/],
    [['up', '--api=-1'], /"-1"/],
    [['up', '--api=51'], /0 to 50/],
    [['up', '--port=65536'], /PORT is "65536"/],
    [['up', '--port='], /PORT is ""/],
    [['up', '--wings=2'], /wings/],
    [['scale'], /make scale N=5/],
    [['scale', '--service=db', '--count=1'], /no such service: db; there are api, worker, .*gateway$/],
    [['restart', '--service=db'], /no such service: db/],
    [['stop-server', '--server='], /redis and consul/],
    [['drain', '--instance='], /make drain INSTANCE=api-2/],
    [['down', 'now'], /now/],
  ])('refuses %j', (args, message) => {
    expect(() => parseCommand(args)).toThrow(message);
  });
});
