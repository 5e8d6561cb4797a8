import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { openSuite } from './debian-suite.ts';

/** The last Debian suite that has a Consul (1.8.7). */
const suite = 'bullseye';

/** packagedConsulPath is the cache entry's program; exists once it was fetched. */
export function packagedConsulPath(cache: string): string {
  return join(cache, `consul-${suite}-${process.arch}`, 'usr/bin/consul');
}

/** consulFromPackage fetches Debian's Consul from the mirror that apt is set up with, unpacked without root. */
export async function consulFromPackage(cache: string): Promise<string> {
  await cached(cache, `consul-${suite}-${process.arch}`, async (scratch) => {
    const apt = await openSuite(scratch, suite);
    const kept = join(scratch, 'kept');
    mkdirSync(kept);
    await apt.unpack(['consul'], kept);
    return kept;
  });
  return packagedConsulPath(cache);
}
