import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { ServerFault, messageOf } from './errors.ts';
import { unzipFile } from './zip.ts';

/** ConsulRelease is a version, and where it is fetched from. */
export interface ConsulRelease {
  version: string;
  /** The vendor's release site, or a copy of it. */
  site: string;
  /** The site must answer within this time. */
  reachMs: number;
  /** The whole download must end within this time. */
  totalMs: number;
}

const pinnedVersion = '1.22.5';
const vendorSite = 'https://releases.hashicorp.com';

/**
 * consulRelease reads NESTFLEET_CONSUL_VERSION and NESTFLEET_CONSUL_SITE, which choose another release or a copy of the site.
 */
export function consulRelease(env: NodeJS.ProcessEnv): ConsulRelease {
  return {
    version: env['NESTFLEET_CONSUL_VERSION'] || pinnedVersion,
    site: (env['NESTFLEET_CONSUL_SITE'] || vendorSite).replace(/\/+$/, ''),
    reachMs: 5_000,
    totalMs: 120_000,
  };
}

const architectures: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  ia32: '386',
  arm: 'arm',
};

/** releaseFile is the vendor's file name for this machine, e.g. `consul_1.22.5_linux_amd64.zip`. */
export function releaseFile(version: string, platform: NodeJS.Platform, arch: NodeJS.Architecture): string {
  return `consul_${version}_${platform}_${architectures[arch] ?? arch}.zip`;
}

/** parseChecksum finds a file's line in a SHA256SUMS list: `<64 hex digits>  <name>`. */
export function parseChecksum(sums: string, file: string): string | undefined {
  return sums
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([digest, name]) => name === file && /^[0-9a-f]{64}$/.test(digest ?? ''))?.[0];
}

async function get(url: string, timeoutMs: number): Promise<Buffer> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!answer.ok) throw new ServerFault('step_failed', `answered ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  } catch (cause) {
    // By name, not by class: an abort's error is of another realm in a test runner.
    const { name, cause: inner } = cause as { name?: string; cause?: unknown };
    const slow = name === 'TimeoutError';
    const why = inner ?? cause;
    throw new ServerFault(slow ? 'step_timeout' : 'step_failed', `${url}: ${messageOf(why)}`, { cause });
  }
}

/** releasedConsulPath is the cache entry's program; exists once it was fetched. */
export function releasedConsulPath(cache: string, version: string): string {
  return join(cache, `consul-${version}-${process.platform}-${process.arch}`, 'consul');
}

/**
 * consulFromRelease fetches the vendor's release, its checksum compared. Throws when the site is out of reach or the file is
 * another.
 */
export async function consulFromRelease(cache: string, release: ConsulRelease): Promise<string> {
  await cached(cache, `consul-${release.version}-${process.platform}-${process.arch}`, async (scratch) => {
    const file = releaseFile(release.version, process.platform, process.arch);
    const base = `${release.site}/consul/${release.version}`;
    const restore = http.setGlobalProxyFromEnv();
    try {
      const sums = (await get(`${base}/consul_${release.version}_SHA256SUMS`, release.reachMs)).toString('utf8');
      const expected = parseChecksum(sums, file);
      if (expected === undefined) throw new ServerFault('checksum_mismatch', `${base} lists no ${file}`);
      const archive = await get(`${base}/${file}`, release.totalMs);
      const actual = createHash('sha256').update(archive).digest('hex');
      if (actual !== expected)
        throw new ServerFault('checksum_mismatch', `${file} has SHA-256 ${actual}, expected ${expected}`);
      const kept = join(scratch, 'kept');
      mkdirSync(kept);
      writeFileSync(join(kept, 'consul'), unzipFile(archive, 'consul'), { mode: 0o755 });
      return kept;
    } finally {
      restore();
    }
  });
  return releasedConsulPath(cache, release.version);
}
