import { type LockedPackage, lockFile, packageName, readLock } from '../lock.ts';
import type { Finding, Rule } from '../rule.ts';
import type { Workspace } from '../workspace.ts';

/** Licences that ask for no more than their text beside the copy. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

export const licences: Rule = {
  name: 'licences',
  summary: 'everything that ships has a licence of the allowed list',
  check: (workspace) => {
    const packages = readLock(workspace);
    if (packages === undefined) return [{ file: lockFile, message: 'is missing: run npm install' }];
    return [...packages]
      .filter(([path, { dev, link }]) => path.startsWith('node_modules/') && dev !== true && link !== true)
      .flatMap(([path, locked]) => checkPackage(workspace, path, locked));
  },
};

function checkPackage(workspace: Workspace, path: string, { version, optional }: LockedPackage): Finding[] {
  const manifest = `${path.replace(/^node_modules/, workspace.modules)}/package.json`;
  const name = `${packageName(path)}@${version}`;
  if (!workspace.exists(manifest)) {
    // A package for another platform is not installed, and so not shipped from here.
    return optional === true ? [] : [{ file: lockFile, message: `${name} is not installed: run npm ci` }];
  }
  const licence = licenceOf(JSON.parse(workspace.read(manifest)) as LicenceFields);
  if (licence !== undefined && isAllowed(licence)) return [];
  return [{ file: lockFile, message: `${name} has ${licence ?? 'no licence'}: not in the allowed list` }];
}

interface LicenceFields {
  license?: string | { type?: string };
  licenses?: readonly { type?: string }[];
}

function licenceOf({ license, licenses }: LicenceFields): string | undefined {
  if (typeof license === 'string') return license;
  return license?.type ?? licenses?.map(({ type }) => type).join(' OR ');
}

/** Reads an SPDX expression: of an OR one side is enough, of an AND both are needed. */
export function isAllowed(expression: string): boolean {
  const plain = expression.trim().replace(/^\((.*)\)$/, '$1');
  const choices = plain.split(' OR ');
  if (choices.length > 1) return choices.some((choice) => isAllowed(choice));
  return plain.split(' AND ').every((part) => allowed.has(part.trim()));
}
