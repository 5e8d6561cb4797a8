import { expect, it } from '@jest/globals';
import { messagesWith } from './sample-overlay.ts';

it.each([
  [
    'a part of the grace period for all',
    'LOG_LEVEL: info',
    "SHUTDOWN_IN_FLIGHT_MS: '60000'",
    'the ConfigMap nestfleet-settings has SHUTDOWN_IN_FLIGHT_MS',
  ],
  ['a balancer for all', 'LOG_LEVEL: info', 'BALANCER: kubernetes', 'the ConfigMap nestfleet-settings has BALANCER'],
  [
    'a grace period for all',
    'LOG_LEVEL: info',
    "STOP_GRACE_MS: '1000'",
    'the ConfigMap nestfleet-settings has STOP_GRACE_MS',
  ],
  [
    'a part of the grace period for one',
    'env: [',
    "env: [{ name: SHUTDOWN_FINISH_MS, value: '60000' }, ",
    'api has SHUTDOWN_FINISH_MS',
  ],
])('finds %s', (_what, from, to, message) =>
  expect(messagesWith(from, to)).toContainEqual(expect.stringContaining(message)),
);
