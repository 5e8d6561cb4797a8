import { randomBytes } from 'node:crypto';
import { readText } from '../logs/log-file.ts';
import { StackFault } from '../core/faults.ts';
import { writeAtomically } from '../process/write-atomically.ts';

const names = ['session_keys', 'ops_token', 'control_token'] as const;
export type Secrets = Readonly<Record<(typeof names)[number], string>>;

const makeSecret = (): string => randomBytes(32).toString('base64url');

function isSecrets(value: unknown): value is Secrets {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === 'string')
  );
}

/**
 * readOrMakeSecrets answers the fleet's own secrets, made at its first start and kept, so that a cookie stays good over down
 * and up. Mode 600.
 */
export function readOrMakeSecrets(path: string): Secrets {
  const kept = readText(path);
  if (kept === undefined) {
    const made = { session_keys: makeSecret(), ops_token: makeSecret(), control_token: makeSecret() };
    writeAtomically(path, `${JSON.stringify(made, null, 2)}\n`);
    return made;
  }
  const parsed: unknown = JSON.parse(kept);
  if (isSecrets(parsed)) return parsed;
  throw new StackFault('stack_dir', `${path} does not hold ${names.join(', ')}; remove it, and new ones are made`);
}
