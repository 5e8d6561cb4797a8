import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { PRODUCTION_SECRET } from './secrets.ts';
import { messagesWith } from './sample-overlay.ts';

it.each([
  [
    'a key that no Secret has',
    'key: control_token',
    'key: control_tokens',
    'api mounts the key control_tokens, which is not in its Secret',
  ],
  [
    'a file that is not mounted',
    'value: /etc/nestfleet/secrets/control_token',
    'value: /run/secrets/control_token',
    'api has CONTROL_TOKEN_FILE /run/secrets/control_token, where',
  ],
  [
    'a file of another name',
    'path: control_token',
    'path: token',
    'api has CONTROL_TOKEN_FILE /etc/nestfleet/secrets/control_token, where',
  ],
  [
    'a Secret of another name',
    'secretName: nestfleet-secrets',
    'secretName: secrets',
    'api mounts the Secret secrets, which nobody makes',
  ],
])('finds %s', (_what, from, to, message) =>
  expect(messagesWith(from, to)).toContainEqual(expect.stringContaining(message)),
);

it('takes the keys that the README asks for', () => {
  const readme = readFileSync(`${import.meta.dirname}/../../../../deploy/kubernetes/README.md`, 'utf8');
  const keys = /`nestfleet-secrets` has the keys (.+?)\./.exec(readme)?.[1] ?? '';
  expect([...keys.matchAll(/`(\w+)`/g)].map(([, key]) => key)).toEqual(PRODUCTION_SECRET.keys);
});
