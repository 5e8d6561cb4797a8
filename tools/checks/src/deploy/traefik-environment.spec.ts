import { describe, expect, it } from '@jest/globals';
import { waitingFaults } from './traefik-environment.ts';

const PREFIX = 'TRAEFIK_SERVERSTRANSPORT_FORWARDINGTIMEOUTS_';
const environment = { [`${PREFIX}DIALTIMEOUT`]: '100ms', [`${PREFIX}RESPONSEHEADERTIMEOUT`]: '75s' };
const TRANSPORT = 'traefik.http.serversTransports.once.forwardingTimeouts';
const lines = [
  ['traefik.http.middlewares.again.retry.attempts', '6'],
  [`${TRANSPORT}.dialTimeout`, '100ms'],
  [`${TRANSPORT}.responseHeaderTimeout`, '75s'],
] as const;

describe('waitingFaults', () => {
  it('finds nothing where all connections wait alike, and for less than two seconds in all', () => {
    expect(waitingFaults(environment, lines)).toEqual([]);
  });

  it('finds a bound that is not set', () => {
    expect(waitingFaults({ [`${PREFIX}DIALTIMEOUT`]: '100ms' }, lines)).toEqual([
      `${PREFIX}RESPONSEHEADERTIMEOUT is not set`,
    ]);
  });

  it('finds a transport that waits longer', () => {
    const slow = [...lines.slice(0, 2), [`${TRANSPORT}.responseHeaderTimeout`, '0s'] as const];
    expect(waitingFaults(environment, slow)).toEqual([`${PREFIX}RESPONSEHEADERTIMEOUT is 75s, in the files 0s`]);
  });

  it('finds attempts that wait for two seconds and more', () => {
    const many = [['traefik.http.middlewares.again.retry.attempts', '20'] as const, ...lines.slice(1)];
    expect(waitingFaults(environment, many)).toEqual([
      '20 attempts of 100ms wait for connections for two seconds and more',
    ]);
  });
});
