import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const start = promisify(execFile);
const root = resolve(import.meta.dirname, '../../..');

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program in the repository's folder; answers whatever its exit code is. */
export async function attempt(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Result> {
  const options = { cwd: root, env: { ...process.env, ...env }, maxBuffer: 64 << 20 };
  try {
    const { stdout, stderr } = await start(program, args, options);
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, out: stdout, err: stderr };
  }
}

/** What a program printed. @throws when its exit code is not 0 */
export async function output(program: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> {
  const { code, out, err } = await attempt(program, args, env);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${out}${err}`);
  return out.trim();
}

export const docker = (...args: readonly string[]): Promise<string> => output('docker', args);

export async function dockerJson<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await docker(...args)) as T;
}

/** Why no engine can be used, or undefined when one answers. */
export async function engineLacks(): Promise<string | undefined> {
  try {
    const { code, err } = await attempt('docker', ['version', '--format', '{{.Server.Version}}']);
    return code === 0 ? undefined : err.trim();
  } catch (error) {
    return String(error);
  }
}

export interface ContainerState {
  readonly Running: boolean;
  readonly ExitCode: number;
  readonly Health?: { readonly Status: string; readonly Log: readonly { readonly Output: string }[] };
}

/** Containers, networks and image tags of one test run, all removed by `dispose`. */
export class DockerSandbox {
  readonly id = `nestfleet-prove-${randomUUID().slice(0, 8)}`;
  private readonly containers: string[] = [];
  private readonly tags: string[] = [];
  private hasNetwork = false;

  /** Builds an app's image as `nx run <app>:docker-build` does, under a tag of its own. */
  async build(app: string): Promise<string> {
    await output('sh', ['deploy/image/build.sh', app], { NESTFLEET_TAG: this.id });
    this.tags.push(`nestfleet/${app}:${this.id}`);
    return `nestfleet/${app}:${this.id}`;
  }

  /** A network in which containers know each other by name, and nothing outside is reached. */
  async network(): Promise<string> {
    if (!this.hasNetwork) await docker('network', 'create', '--internal', this.id);
    this.hasNetwork = true;
    return this.id;
  }

  /** Starts a container; answers its id. */
  async run(...args: readonly string[]): Promise<string> {
    const id = await docker('run', '--detach', ...args);
    this.containers.push(id);
    return id;
  }

  state(container: string): Promise<ContainerState> {
    return dockerJson('inspect', '--format', '{{json .State}}', container);
  }

  async logs(container: string): Promise<string> {
    const { out, err } = await attempt('docker', ['logs', container]);
    return out + err;
  }

  async dispose(): Promise<void> {
    if (this.containers.length > 0) await attempt('docker', ['rm', '--force', '--volumes', ...this.containers]);
    if (this.hasNetwork) await attempt('docker', ['network', 'rm', this.id]);
    if (this.tags.length > 0) await attempt('docker', ['rmi', ...this.tags]);
  }
}
