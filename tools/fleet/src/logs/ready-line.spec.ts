import { describe, expect, it } from '@jest/globals';
import { parseReadyLine } from './ready-line.ts';

const report = {
  event: 'service.ready',
  service: 'api',
  instance_id: 'api-1-7',
  ports: { http: 1, rpc: 2, control: null, metrics: 3 },
};

describe('parseReadyLine', () => {
  it('reads the report', () => {
    expect(parseReadyLine(JSON.stringify(report))).toEqual(report);
  });

  it.each(['', '{"event":"listening"}', 'service.ready', '{"event":"service.ready"}', '{"event":"service.ready"'])(
    'takes %j for something else',
    (line) => {
      expect(parseReadyLine(line)).toBeUndefined();
    },
  );
});
