import { join } from 'node:path';
import { findOnPath, type Say } from './binary.ts';
import { ServerFault } from './errors.ts';
import { runStep } from './step.ts';

const prefixTimeoutMs = 20_000;
const installTimeoutMs = 300_000;

/** redisFromHomebrew installs Redis by Homebrew, which starts no service by itself, so installing is harmless. */
export async function redisFromHomebrew(env: NodeJS.ProcessEnv, say: Say): Promise<string> {
  const brew = findOnPath('brew', env['PATH']);
  if (brew === undefined) throw new ServerFault('server_missing', 'Homebrew is not on PATH');
  say('brew install redis');
  await runStep(brew, ['install', '--quiet', 'redis'], {
    timeoutMs: installTimeoutMs,
    env: { ...env, HOMEBREW_NO_AUTO_UPDATE: '1' },
  });
  const prefix = (await runStep(brew, ['--prefix', 'redis'], { timeoutMs: prefixTimeoutMs })).trim();
  return join(prefix, 'bin', 'redis-server');
}
