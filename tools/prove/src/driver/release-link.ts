import { mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** ReleaseLink is the folder that a fleet starts programs from: a link, which a deployment turns to another release. */
export class ReleaseLink {
  private readonly parent = mkdtempSync(join(tmpdir(), 'nestfleet-releases-'));
  readonly folder = join(this.parent, 'current');

  /** In one step, so that nobody finds no release. What runs is not changed. */
  turnTo(release: string): void {
    const next = join(this.parent, 'next');
    symlinkSync(release, next);
    renameSync(next, this.folder);
  }

  remove(): void {
    rmSync(this.parent, { recursive: true, force: true });
  }
}
