import type { Finding, Rule } from '../rule.ts';
import type { Manifest } from '../workspace.ts';

/** A caret or a range makes two installs differ; only what a user of a lib brings himself may be a range. */
export const versions: Rule = {
  name: 'versions',
  summary: 'every dependency has one exact version, the same in all projects',
  check: ({ files, read }) => {
    const manifests = files.filter((file) => /^((apps|libs|tools)\/[^/]+\/)?package\.json$/.test(file));
    const wishes = manifests.flatMap((file) => wishesOf(file, JSON.parse(read(file)) as Manifest));
    return [...wishes.flatMap(notExact), ...differing(wishes)];
  },
};

interface Wish {
  file: string;
  name: string;
  version: string;
}

function wishesOf(file: string, { dependencies, devDependencies, optionalDependencies, overrides }: Manifest): Wish[] {
  return [dependencies, devDependencies, optionalDependencies, overrides].flatMap((group) =>
    Object.entries(group ?? {}).map(([name, version]) => ({ file, name, version })),
  );
}

function notExact({ file, name, version }: Wish): Finding[] {
  if (/^(npm:[^ ]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) return [];
  return [{ file, message: `${name} is "${version}": name one exact version` }];
}

function differing(wishes: readonly Wish[]): Finding[] {
  const first = new Map<string, Wish>();
  return wishes.flatMap((wish) => {
    const known = first.get(wish.name) ?? wish;
    first.set(wish.name, known);
    if (known.version === wish.version) return [];
    return [{ file: wish.file, message: `${wish.name} is ${wish.version}, but ${known.version} in ${known.file}` }];
  });
}
