import { expect, it } from '@jest/globals';
import { parseObjects } from './objects.ts';
import { settingFindings } from './settings.ts';
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

it.each([
  ['no limit of requests', 'RATE_LIMIT: off'],
  ['all private networks', 'TRUSTED_PROXIES: 127.0.0.1,10.0.0.0/8'],
])('finds %s in production alone', (_what, setting) => {
  const objects = parseObjects(
    `{ apiVersion: v1, kind: ConfigMap, metadata: { name: settings }, data: { "${setting.replace(': ', '": "')}" } }`,
  );
  expect(settingFindings('production', objects)).toEqual([expect.stringContaining('which is for development')]);
  expect(settingFindings('dev', objects)).toEqual([]);
});
