/** `Folder` is what is looked at: the root of an app or of a monorepo. Paths have `/`, from the root on. */
export interface Folder {
  /** The text of a file; undefined where there is none. */
  read(path: string): string | undefined;
  /** Folders below the root that have a package.json or a project.json, such as `apps/shop`. */
  readonly projects: readonly string[];
}
