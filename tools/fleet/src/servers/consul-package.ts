import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApt } from './apt.ts';
import { cached } from './cache.ts';
import { ServerFault } from './errors.ts';

/** The last Debian suite that has a Consul (1.8.7). */
const suite = 'bullseye';
/** Debian's own keys; a mirror that serves another archive is refused by apt. */
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** parseCodename reads `VERSION_CODENAME` of os-release(5). */
export function parseCodename(osRelease: string): string | undefined {
  return /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(osRelease)?.[1];
}

/** packagedConsulPath is the cache entry's program; exists once it was fetched. */
export function packagedConsulPath(cache: string): string {
  return join(cache, `consul-${suite}-${process.arch}`, 'usr/bin/consul');
}

/** consulFromPackage fetches Debian's Consul from the mirror that apt is set up with, unpacked without root. */
export async function consulFromPackage(cache: string): Promise<string> {
  await cached(cache, `consul-${suite}-${process.arch}`, async (scratch) => {
    const codename = existsSync('/etc/os-release') ? parseCodename(readFileSync('/etc/os-release', 'utf8')) : undefined;
    if (codename === undefined) throw new ServerFault('step_failed', 'os-release names no suite');
    const mirror = await openApt(join(scratch, 'machine')).mirrorOf(codename);
    if (mirror === undefined) throw new ServerFault('step_failed', `apt is set up with no mirror of ${codename}`);
    const apt = openApt(join(scratch, 'suite'), `deb [signed-by=${keyring}] ${mirror} ${suite} main`);
    await apt.update();
    const kept = join(scratch, 'kept');
    mkdirSync(kept);
    await apt.unpack(['consul'], kept);
    return kept;
  });
  return packagedConsulPath(cache);
}
