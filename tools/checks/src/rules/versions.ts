import type { Finding, Rule } from '../rule.ts';
import type { Manifest } from '../workspace.ts';

/** A caret or a range makes two installs differ; only what a user of a lib brings himself may be a range. */
export const versions: Rule = {
  name: 'versions',
  summary: 'every dependency has one exact version, the same in all projects',
  check: ({ files, read }) => {
    const manifests = files.filter((file) => /^((apps|libs|tools)\/[^/]+\/)?package\.json$/.test(file));
    const requirements = manifests.flatMap((file) => requirementsOf(file, JSON.parse(read(file)) as Manifest));
    return [...requirements.flatMap(notExact), ...differing(requirements)];
  },
};

interface Requirement {
  file: string;
  name: string;
  version: string;
}

function requirementsOf(
  file: string,
  { dependencies, devDependencies, optionalDependencies, overrides }: Manifest,
): Requirement[] {
  return [dependencies, devDependencies, optionalDependencies, overrides].flatMap((group) =>
    Object.entries(group ?? {}).map(([name, version]) => ({ file, name, version })),
  );
}

function notExact({ file, name, version }: Requirement): Finding[] {
  if (/^(npm:[^ ]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) return [];
  return [{ file, message: `${name} is "${version}": name one exact version` }];
}

function differing(requirements: readonly Requirement[]): Finding[] {
  const first = new Map<string, Requirement>();
  return requirements.flatMap((requirement) => {
    const known = first.get(requirement.name) ?? requirement;
    first.set(requirement.name, known);
    if (known.version === requirement.version) return [];
    return [
      {
        file: requirement.file,
        message: `${requirement.name} is ${requirement.version}, but ${known.version} in ${known.file}`,
      },
    ];
  });
}
