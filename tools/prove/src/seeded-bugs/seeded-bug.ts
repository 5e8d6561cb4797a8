/** One place of a source that is other in a bundle with the bug inside. */
export interface Patch {
  /** From the repository's root. Of an embedded script its .lua file. */
  readonly file: string;
  /** Is there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/**
 * A SeededBug is one that a store of sessions is known to be made with, as text patches of today's sources. Nothing of it is in
 * the sources themselves: only a build that names it has it.
 */
export interface SeededBug {
  /** Word for `--seeded`. */
  readonly name: string;
  /** What is wrong with it. */
  readonly description: string;
  /** The app that it is built into, a folder of apps/. */
  readonly app: string;
  readonly patches: readonly Patch[];
  /** The scenario that is to find it, and what one of its faults says then. */
  readonly detectedBy: { readonly scenario: string; readonly fault: RegExp };
}

/** @throws when it does not fit exactly once: the source has changed, and the bug has to follow */
export function applyPatch(source: string, { file, find, replace }: Patch): string {
  const [before, after, ...more] = source.split(find);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`a seeded bug fits ${source.split(find).length - 1} times into ${file}: ${find.trim()}`);
  return before + replace + after;
}

/** What becomes of each source file of a bundle. */
export type SourceChanges = ReadonlyMap<string, (code: string) => string>;

const SCRIPTS = 'lua.generated.ts';

/** Where a .lua file is embedded: beside the sources of its lib. */
const moduleOf = (luaFile: string): string => `${/^libs\/[^/]+\/src\//.exec(luaFile)?.[0] ?? ''}${SCRIPTS}`;

/**
 * Changes by file from the repository's root.
 * @param read text of a file from the root
 * @throws when a patch does not fit
 */
export function sourceChanges(patches: readonly Patch[], read: (file: string) => string): SourceChanges {
  const changes = new Map<string, (code: string) => string>();
  const add = (file: string, change: (code: string) => string): void => {
    const before = changes.get(file) ?? ((code: string) => code);
    changes.set(file, (code) => change(before(code)));
  };
  for (const [file, mine] of Map.groupBy(patches, (each) => each.file)) {
    const changed = (code: string): string => mine.reduce(applyPatch, code);
    // Asked once now: a build is to fail before it has taken its time.
    const [from, to] = [read(file), changed(read(file))];
    if (!file.endsWith('.lua')) add(file, changed);
    else {
      const module = moduleOf(file);
      const embedded = { file: module, find: JSON.stringify(from), replace: JSON.stringify(to) };
      applyPatch(read(module), embedded);
      add(module, (code) => applyPatch(code, embedded));
    }
  }
  return changes;
}
