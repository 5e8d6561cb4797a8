import { type Spellings, spellingsOf } from './spellings.ts';

/** rewriter makes the function that writes a text, or a path, with another name in it. */
export function rewriter(from: string, to: string): (text: string) => string {
  const [old, next] = [spellingsOf(from), spellingsOf(to)];
  const pattern = patternOf(old);
  return (text) =>
    text.replace(pattern, (found: string, at: number) => {
      const before = ESCAPE.test(text.slice(Math.max(0, at - 3), at)) ? '' : text.charAt(at - 1);
      return next[styleOf(found, old, before, text.charAt(at + found.length))];
    });
}

/**
 * mentions is true for a text that has a name of its own accord, beside that of the repository: after a renaming the two
 * could not be told apart.
 */
export function mentions(text: string, name: string, own: string): boolean {
  return patternOf(spellingsOf(name)).test(text.replace(patternOf(spellingsOf(own)), ' '));
}

/** What stands before a word without being a part of it, though it ends in a letter or a digit: `\n` and `%2F`. */
const ESCAPE = /(\\[bfnrtv]|%[0-9A-Fa-f]{2})$/;
const behindEscape = '(?<=\\\\[bfnrtv]|%[0-9A-Fa-f]{2})';

const word = (forms: readonly string[], notBefore: string, notAfter: string): string =>
  `(?<!\\bNAME=)(?:(?<!${notBefore})|${behindEscape})(?:${forms.join('|')})(?!${notAfter})`;

/**
 * patternOf finds whole words only, so that a short name is not found in longer ones. A capital begins a word. An example
 * of the command (`NAME=`) is about any repository.
 */
function patternOf({ constant, train, pascal, title, snake, camel, kebab }: Spellings): RegExp {
  const kinds = [
    word([constant], '[A-Za-z0-9]', '[A-Za-z0-9]'),
    word([train, pascal, title], '[A-Z0-9]', '[a-z0-9]'),
    word([snake, camel, kebab], '[A-Za-z0-9]', '[a-z0-9]'),
  ];
  return new RegExp(kinds.join('|'), 'g');
}

type Style = keyof Spellings;

/** Of the forms that have the same text, the first that suits what stands around it. */
const suits: Readonly<Record<Style, (before: string, after: string) => boolean>> = {
  constant: (before, after) => before === '_' || after === '_',
  train: (before, after) => before === '-' || after === '-',
  pascal: (before, after) => /[a-z]/.test(before) || /[A-Z]/.test(after),
  title: () => true,
  snake: (before, after) => before === '_' || after === '_',
  camel: (_, after) => /[A-Z]/.test(after),
  kebab: () => true,
};
const styles = Object.keys(suits) as Style[];

function styleOf(found: string, old: Spellings, before: string, after: string): Style {
  const possible = styles.filter((style) => old[style] === found);
  return possible.find((style) => suits[style](before, after)) ?? possible[0] ?? 'kebab';
}
