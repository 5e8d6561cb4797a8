import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Apt, openApt } from './apt.ts';
import { ServerFault } from './errors.ts';

/** Debian's own keys; a mirror that serves another archive is refused by apt. */
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** parseCodename reads `VERSION_CODENAME` of os-release(5). */
export function parseCodename(osRelease: string): string | undefined {
  return /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(osRelease)?.[1];
}

/** openSuite is apt with this one suite of Debian, from the mirror that the machine's own apt is set up with. Its lists are fetched. */
export async function openSuite(scratch: string, suite: string): Promise<Apt> {
  const codename = existsSync('/etc/os-release') ? parseCodename(readFileSync('/etc/os-release', 'utf8')) : undefined;
  if (codename === undefined) throw new ServerFault('step_failed', 'os-release names no suite');
  const mirror = await openApt(join(scratch, 'machine')).mirrorOf(codename);
  if (mirror === undefined) throw new ServerFault('step_failed', `apt is set up with no mirror of ${codename}`);
  const apt = openApt(join(scratch, 'suite'), `deb [signed-by=${keyring}] ${mirror} ${suite} main`);
  await apt.update();
  return apt;
}
