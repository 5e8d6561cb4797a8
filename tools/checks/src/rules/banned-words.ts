import type { Finding, Rule } from '../rule.ts';
import { privateWords, standardTerms } from './private-words.ts';

/** Files that name such a word to say what it is called now, or that are about the words themselves. */
const allowed = [
  'CHANGELOG.md',
  'tools/checks/src/rules/banned-words.ts',
  'tools/checks/src/rules/private-words.ts',
  'tools/checks/test/rules.spec.ts',
];

export const bannedWords: Rule = {
  name: 'banned-words',
  summary: "names, messages and documents use the field's terms and no words of our own",
  check: ({ files, read }) =>
    files
      .filter((file) => isText.test(file) && !allowed.includes(file))
      .flatMap((file): Finding[] => [
        ...wordsIn(file).map((message) => ({ file, message })),
        ...read(file)
          .split('\n')
          .flatMap((line, index) => wordsIn(line).map((message) => ({ file, line: index + 1, message }))),
      ]),
};

const isText =
  /\.(ts|mts|cts|js|mjs|cjs|vue|lua|md|ya?ml|sh|cfg|css|html)$|(^|\/)(Makefile|Dockerfile|run|bare)$|(^|\/)(package|project|nx)\.json$/;

const words = Object.entries(privateWords).map(([word, term]) => ({ word, term, parts: word.split(' ') }));
const terms = standardTerms.map((term) => term.split(' '));

/** `frontDoor`, `FRONT_DOOR`, `front-door` and "front doors" are the same two words. */
function wordsIn(line: string): string[] {
  const parts = (line.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []).map((part) => part.toLowerCase());
  return words
    .filter(({ parts: wanted }) =>
      parts.some((_, at) => startsAt(parts, at, wanted) && !terms.some((term) => startsAt(parts, at, term))),
    )
    .map(({ word, term }) => `"${word}" is a word of our own: write ${term}`);
}

function startsAt(parts: readonly string[], at: number, wanted: readonly string[]): boolean {
  const last = wanted.length - 1;
  return wanted.every((part, index) => {
    const found = parts[at + index];
    return found === part || (index === last && (found === `${part}s` || found === `${part}es`));
  });
}
