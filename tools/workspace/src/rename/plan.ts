import { mentions, rewriter } from './rewrite.ts';
import { sortAgain } from './sort-again.ts';
import { spellingsOf } from './spellings.ts';

export interface TextFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Change {
  readonly from: string;
  readonly to: TextFile;
}

/** What stays as it is: whom the licence is of, and what was called how at which time. */
export const KEPT = ['LICENSE', 'CHANGELOG.md'] as const;

/** The line of README that says what a repository was made from, as long as LICENSE has another name. */
const originLine = (name: string): string =>
  `\nMade from ${spellingsOf(name).title}, whose licence notice is in [LICENSE](LICENSE).\n`;

/** planRename answers what another name changes in the files of a repository, paths included. */
export function planRename(files: readonly TextFile[], from: string, to: string): Change[] {
  const rewrite = rewriter(from, to);
  const licence = files.find(({ path }) => path === 'LICENSE')?.text ?? '';
  const origin = rewrite(licence) === licence ? '' : originLine(from);
  return candidates(files, to).flatMap(({ path, text, was }) => {
    const plain = rewrite(text);
    const written = isOfNpm(path) && plain !== text ? sortAgain(text, plain) : plain;
    const change = { from: path, to: { path: rewrite(path), text: path === 'README.md' ? written + origin : written } };
    return change.to.path === path && change.to.text === was ? [] : [change];
  });
}

/** takenIn is the path of a file that has the new name already, undefined when none has. */
export function takenIn(files: readonly TextFile[], from: string, to: string): string | undefined {
  return candidates(files, to).find(({ path, text }) => mentions(`${path}\n${text}`, to, from))?.path;
}

const isOfNpm = (path: string): boolean => /(^|\/)package(-lock)?\.json$/.test(path);

/** A repository that gets back the name of its licence needs no line about it. */
function candidates(files: readonly TextFile[], to: string): (TextFile & { was: string })[] {
  return files
    .filter(({ path }) => !KEPT.some((kept) => kept === path))
    .map(({ path, text }) => ({
      path,
      text: path === 'README.md' ? text.replace(originLine(to), '') : text,
      was: text,
    }));
}
