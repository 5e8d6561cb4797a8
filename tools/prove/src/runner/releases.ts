import { ReleaseLink } from '../driver/release-link.ts';

/** Folders of bundles. */
export interface ReleaseFolders {
  readonly own: string;
  readonly next: string;
}

/** Releases are two builds of the apps: the one that a fleet comes up with, and the next one. */
export interface Releases {
  /** Whether replicas may have been started from the next one. */
  readonly wasTurned: boolean;
  /** A link to it, for the fleet. */
  readonly folder: string;
  /** Has replicas be started from the other one. Those that run stay what they are. */
  deploy(release: keyof ReleaseFolders): void;
  remove(): void;
}

export function openReleases(folders: ReleaseFolders): Releases {
  const link = new ReleaseLink();
  let wasTurned = false;
  link.turnTo(folders.own);
  return {
    get wasTurned() {
      return wasTurned;
    },
    folder: link.folder,
    deploy(release) {
      link.turnTo(folders[release]);
      wasTurned = true;
    },
    remove: () => link.remove(),
  };
}
