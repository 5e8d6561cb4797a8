import type { Finding, Rule } from '../rule.ts';

/** The lock file has a rule of its own. */
const exempt = /(^|\/)package-lock\.json$|\.(png|jpe?g|gif|ico|webp|woff2?|gz|tgz|pdf)$/;

const registry = 'the host of a package registry: the registry is the choice of who installs';
const mirror = 'the host of a package mirror: use the one that apt is set up with';
const machine = 'a path of one machine: name it from the workspace or from the home folder';
const pointer = 'a pointer to a list that is not in the repository: give the reason in words';
const alone = '(?<![\\w.$}-])';

/** Written with escapes and classes so that they do not match this file. */
const rules: readonly [RegExp, string][] = [
  [/\bregistry\.[a-z0-9-]+\.(org|com|io|dev|net)\b/, registry],
  [/\b(npm\.pkg|pkg-npm)\.[a-z]/, registry],
  [/\b(deb|ftp|archive|security)\.(debian|ubuntu)\.(org|com)\b|\.[a-z]{2,3}\/(debian|ubuntu)\b/, mirror],
  [new RegExp(`${alone}/(home|Users)/[\\w.-]+/`), machine],
  [new RegExp(`${alone}/(root|work)/[\\w.-]+|${alone}/opt/nf\\b`), machine],
  [/\b[A-Z]:\\Users\\/, machine],
  [/\b(pain|finding|issue)s? #?\d/i, pointer],
];

export const text: Rule = {
  name: 'text',
  summary: 'no text names a package registry, a path of one machine or a number of a list that is elsewhere',
  check: ({ root, files, read }) =>
    files
      .filter((file) => !exempt.test(file))
      .flatMap((file) =>
        read(file)
          .split('\n')
          .flatMap((line, index): Finding[] => {
            const message = line.includes(`${root}/`) ? 'the folder that this copy lies in' : match(line);
            return message === undefined ? [] : [{ file, line: index + 1, message }];
          }),
      ),
};

function match(line: string): string | undefined {
  return rules.find(([pattern]) => pattern.test(line))?.[1];
}
