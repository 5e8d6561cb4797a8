import { spawnSync } from 'node:child_process';

/** Says whether the curl of the documents can be run here. @throws under CI when it cannot */
export function hasCurl(): boolean {
  const has = spawnSync('curl', ['--version']).status === 0;
  if (!has && process.env['CI'] !== undefined) throw new Error('curl is missing: install it');
  return has;
}
