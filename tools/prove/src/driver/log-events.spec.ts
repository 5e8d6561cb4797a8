import { describe, expect, it } from '@jest/globals';
import { parseEntries } from './catalog-view.ts';
import { parseEvents } from './log-events.ts';

describe('events of a log', () => {
  it('are the lines with an event since a time; other lines are ignored', () => {
    const text = [
      '{"time":"2026-01-01T00:00:01.000Z","event":"listening"}',
      '{"event":"service.ready","ports":{}}',
      '{"time":"2026-01-01T00:00:05.000Z","event":"proxy.attempt_failed","instance_id":"api-1-1"}',
      'Error: half a line with "event" in it',
      '{"time":"2026-01-01T00:00:06.000Z","message":"request"}',
    ].join('\n');
    const sinceMs = Date.parse('2026-01-01T00:00:02.000Z');
    expect(parseEvents(text, 'gateway-1', sinceMs)).toEqual([
      {
        by: 'gateway-1',
        event: 'proxy.attempt_failed',
        atMs: sinceMs + 3_000,
        fields: expect.objectContaining({ instance_id: 'api-1-1' }),
      },
    ]);
  });
});

describe('entries of the catalog', () => {
  it.each([
    ['passing', [['service:a', 'passing']]],
    [
      'critical',
      [
        ['serfHealth', 'passing'],
        ['service:a', 'warning'],
      ],
    ],
    [
      'maintenance',
      [
        ['_service_maintenance:a', 'critical'],
        ['service:a', 'passing'],
      ],
    ],
  ] as const)('are %s', (health, checks) => {
    const Checks = checks.map(([CheckID, Status]) => ({ CheckID, Status }));
    expect(parseEntries(JSON.stringify([{ Service: { ID: 'a' }, Checks }]))).toEqual([{ instanceId: 'a', health }]);
  });
});
