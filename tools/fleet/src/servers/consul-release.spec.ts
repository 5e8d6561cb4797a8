import { describe, expect, it } from '@jest/globals';
import { consulRelease, parseChecksum, releaseFile } from './consul-release.ts';

describe('the vendor release', () => {
  it.each([
    ['linux', 'x64', 'consul_1.22.5_linux_amd64.zip'],
    ['linux', 'arm64', 'consul_1.22.5_linux_arm64.zip'],
    ['darwin', 'arm64', 'consul_1.22.5_darwin_arm64.zip'],
  ] as const)('of %s %s is %s', (platform, arch, file) => {
    expect(releaseFile('1.22.5', platform, arch)).toBe(file);
  });

  it('has its checksum in the list, for exactly that file', () => {
    const digest = 'a'.repeat(64);
    const sums = `${'b'.repeat(64)}  consul_1.22.5_linux_arm64.zip\n${digest}  consul_1.22.5_linux_amd64.zip\n`;
    expect(parseChecksum(sums, 'consul_1.22.5_linux_amd64.zip')).toBe(digest);
    expect(parseChecksum(sums, 'consul_1.22.5_linux_386.zip')).toBeUndefined();
    expect(parseChecksum('short  consul.zip', 'consul.zip')).toBeUndefined();
  });

  it('is pinned, bounded in time, and can be chosen', () => {
    expect(consulRelease({})).toMatchObject({ version: expect.stringMatching(/^1\.22\.\d+$/), reachMs: 5_000 });
    expect(
      consulRelease({ NESTFLEET_CONSUL_VERSION: '1.21.0', NESTFLEET_CONSUL_SITE: 'http://copy.example/' }),
    ).toMatchObject({
      version: '1.21.0',
      site: 'http://copy.example',
    });
  });
});
