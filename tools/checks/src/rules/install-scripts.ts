import { lockFile, packageName, readLock } from '../lock.ts';
import type { Finding, Rule } from '../rule.ts';
import type { Manifest } from '../workspace.ts';

const file = 'package.json';

/** An install script is foreign code that runs before anybody has looked. */
export const installScripts: Rule = {
  name: 'install-scripts',
  summary: 'no package runs a script when it is installed, and each that would is named as denied',
  check: (workspace) => {
    const packages = readLock(workspace);
    if (packages === undefined) return [{ file: lockFile, message: 'is missing: run npm install' }];
    const { allowScripts = {} } = JSON.parse(workspace.read(file)) as Manifest;
    const allowed = Object.entries(allowScripts)
      .filter(([, allow]) => allow)
      .map(([name]): Finding => ({ file, message: `allowScripts lets ${name} run its install script` }));
    const unnamed = [...packages]
      .filter(([path, { hasInstallScript }]) => hasInstallScript === true && !(packageName(path) in allowScripts))
      .map(([path]): Finding => ({ file, message: `allowScripts does not deny ${packageName(path)}, which has one` }));
    return [...allowed, ...unnamed];
  },
};
