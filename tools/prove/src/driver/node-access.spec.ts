import { describe, expect, it } from '@jest/globals';
import { privilegedRefusal } from './node-access.ts';

describe('a cluster without privileged pods', () => {
  it.each([
    'Error creating: pods "fault-injector-x" is forbidden: violates PodSecurity "baseline:latest": privileged',
    'daemonsets.apps is forbidden: User "me" cannot create resource "daemonsets"',
  ])('is one that says so: %s', (message) => {
    expect(privilegedRefusal('timed out', message)).toBe(message);
    expect(privilegedRefusal(message, 'timed out')).toBe(message);
  });

  it.each([
    'Failed to pull image "node:24-bookworm-slim": not found',
    'error: timed out waiting for the condition',
    'unexpected status from HEAD request: 403 Forbidden',
    'dial tcp 10.0.0.1:6443: connect: connection refused',
  ])('is none where something else went wrong: %s', (message) =>
    expect(privilegedRefusal('', message)).toBeUndefined(),
  );
});
