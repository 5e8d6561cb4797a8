import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../core/parse-json.ts';
import { readText } from '../logs/log-file.ts';
import { StackFault } from '../core/faults.ts';
import { writeAtomically } from '../process/write-atomically.ts';

const secrets = z.object({ session_keys: z.string(), ops_token: z.string(), control_token: z.string() }).readonly();
export type Secrets = z.infer<typeof secrets>;

const makeSecret = (): string => randomBytes(32).toString('base64url');

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
  const parsed = parseJson(secrets, kept);
  if (parsed !== undefined) return parsed;
  const names = Object.keys(secrets.unwrap().shape).join(', ');
  throw new StackFault('stack_dir', `${path} does not hold ${names}; remove it, and new ones are made`);
}
