import { randomUUID } from 'node:crypto';
import { attempt, docker, output } from '../src/driver/docker.ts';

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
