import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { UsageFault } from '../cli.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

/** Cluster is the one that somebody named, never the one that happens to be current. */
export interface Cluster {
  readonly kubeconfig: string;
  readonly context: string;
  /** The kubectl to use. */
  readonly program: string;
  /** Where the fleet's edge is reached from here, such as http://localhost:30080; found in the cluster where nobody says. */
  readonly edgeUrl?: string;
  /** Tag of the images of our apps, where it is another than the overlay's. */
  readonly tag?: string;
  /** Puts a mistake into the manifests. */
  readonly seed?: (objects: readonly KubernetesObject[]) => KubernetesObject[];
  /** Commands that stop and start the API server for all, where its owner has some. */
  readonly apiServer?: { readonly stop: string; readonly start: string };
}

/**
 * readCluster reads KUBECONFIG, CONTEXT, NESTFLEET_KUBECTL, EDGE, NESTFLEET_TAG, API_SERVER_STOP and API_SERVER_START.
 * @throws UsageFault where the file or the context is not named: faults must meet no cluster by chance
 */
export function readCluster(env: NodeJS.ProcessEnv, isFile: (path: string) => boolean = existsSync): Cluster {
  const { KUBECONFIG: kubeconfig = '', CONTEXT: context = '', NESTFLEET_KUBECTL: program, EDGE: edgeUrl } = env;
  const { NESTFLEET_TAG: tag, API_SERVER_STOP: stop, API_SERVER_START: start } = env;
  if (kubeconfig === '' || context === '')
    throw new UsageFault('name the cluster: KUBECONFIG=<file> CONTEXT=<context>; the current context is never taken');
  if (!isFile(kubeconfig)) throw new UsageFault(`KUBECONFIG names no file: ${kubeconfig}`);
  if (edgeUrl && !/^https?:\/\/[^/]+$/.test(edgeUrl)) throw new UsageFault(`EDGE is no origin: ${edgeUrl}`);
  if (Boolean(stop) !== Boolean(start)) throw new UsageFault('API_SERVER_STOP and API_SERVER_START are given together');
  return {
    kubeconfig,
    context,
    program: program || 'kubectl',
    ...(edgeUrl ? { edgeUrl } : {}),
    ...(tag ? { tag } : {}),
    ...(stop && start ? { apiServer: { stop, start } } : {}),
  };
}

/** Every command of kubectl names both, whatever the file says. */
export const clusterArguments = ({ kubeconfig, context }: Cluster, namespace: string): readonly string[] => [
  `--kubeconfig=${kubeconfig}`,
  `--context=${context}`,
  `--namespace=${namespace}`,
];

const WITHIN_MS = 120_000;
/** For a kubectl whose own time-out is over to say so. */
const SPARE_MS = 10_000;
const OUTPUT_MAX_BYTES = 256 << 20;

export interface CommandOptions {
  /** What it reads from standard input. */
  readonly input?: string;
  readonly withinMs?: number;
}

export interface Followed {
  readonly out: string;
  readonly fault?: string;
}

/** Kubectl runs commands on one cluster, in one namespace. */
export class Kubectl {
  private readonly cluster: Cluster;
  readonly namespace: string;

  constructor(cluster: Cluster, namespace: string) {
    this.cluster = cluster;
    this.namespace = namespace;
  }

  /** @returns what it printed @throws with its message, when it fails */
  run(args: readonly string[], { input, withinMs = WITHIN_MS }: CommandOptions = {}): Promise<string> {
    const all = [...clusterArguments(this.cluster, this.namespace), ...args];
    const options = { timeout: withinMs, maxBuffer: OUTPUT_MAX_BYTES };
    return new Promise((resolve, reject) => {
      const child = execFile(this.cluster.program, all, options, (error, stdout, stderr) => {
        if (!error) return resolve(stdout);
        const message = `${stdout}${stderr}`.trim() || error.message;
        reject(new Error(`kubectl ${args.join(' ').slice(0, 200)}: ${message}`, { cause: error }));
      });
      // A kubectl that ends before it has read all says why itself.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input ?? '');
    });
  }

  /** A command that waits by itself for so long, and says then for what. */
  runFor(seconds: number, args: readonly string[]): Promise<string> {
    return this.run([...args, `--timeout=${seconds}s`], { withinMs: seconds * 1_000 + SPARE_MS });
  }

  /** @returns what `get` answers with, as JSON */
  async get<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.run(['get', ...args, '--output=json'])) as T;
  }

  /** One that goes on until what it looks at has ended. @returns what it has printed by then, and what went wrong, if anything */
  follow(args: readonly string[], signal: AbortSignal): Promise<Followed> {
    const all = [...clusterArguments(this.cluster, this.namespace), ...args];
    const child = spawn(this.cluster.program, all, { stdio: ['ignore', 'pipe', 'pipe'], signal });
    const chunks: Buffer[] = [];
    let fault = '';
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => (fault += chunk.toString('utf8')));
    return new Promise((resolve) => {
      const done = (why?: string): void => {
        const out = Buffer.concat(chunks).toString('utf8');
        resolve(why === undefined ? { out } : { out, fault: fault.trim() || why });
      };
      child.once('error', (error) => done(error.message));
      child.once('close', (code, killedBy) => done(code === 0 ? undefined : `ended with ${code ?? killedBy}`));
    });
  }
}
