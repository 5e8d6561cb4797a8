import type { DockerStatus } from './choose-engine.ts';
import { parseContainers, type Container } from './containers.ts';
import { mustRun, runProgram, type Ran, type RunOptions, type Runner } from './run.ts';

const ANSWER_WITHIN_MS = 3_000;
const LOOK_WITHIN_MS = 20_000;
const OLDEST_COMPOSE = 2;

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

/** detectDocker looks for an engine and for Compose v2 or later, and waits for neither longer than 3 s. Never throws. */
export async function detectDocker(runner: Runner = runProgram): Promise<DockerStatus> {
  const ask = (...args: string[]): Promise<Ran> =>
    runner('docker', args, { limitMs: ANSWER_WITHIN_MS }).catch((fault: unknown) => ({
      code: -1,
      stdout: '',
      stderr: fault instanceof Error ? fault.message : String(fault),
    }));
  const [engine, compose] = await Promise.all([
    ask('version', '--format', '{{.Server.Version}}'),
    ask('compose', 'version', '--short'),
  ]);
  return readAnswer(engine, compose);
}

/** readAnswer interprets the output of both programs. */
export function readAnswer(engine: Ran, compose: Ran): DockerStatus {
  if (engine.code === null) return { unavailable: 'docker version did not answer within 3 s' };
  if (engine.code !== 0) return { unavailable: firstLine(engine.stderr) || 'docker version failed' };
  const version = /^v?(\d+)(\.\S*)?$/.exec(firstLine(compose.stdout));
  if (compose.code !== 0 || version === null)
    return { unavailable: 'docker compose is missing (Compose v2 is needed)' };
  if (Number(version[1]) < OLDEST_COMPOSE) return { unavailable: `docker compose ${version[0]} is older than v2` };
  return { versions: `Docker ${firstLine(engine.stdout)}, Compose ${version[0].replace(/^v/, '')}` };
}

/** containersOf are all containers of a Compose project, also those that have ended. @throws StackFault */
export async function containersOf(
  project: string,
  { runner = runProgram, signal }: { runner?: Runner; signal?: AbortSignal | undefined } = {},
): Promise<Container[]> {
  const options: RunOptions = { limitMs: LOOK_WITHIN_MS, signal };
  const filter = `label=com.docker.compose.project=${project}`;
  const ids = (await mustRun(runner, 'docker', ['ps', '-aq', '--no-trunc', '--filter', filter], options)).split('\n');
  const present = ids.filter((id) => id !== '');
  if (present.length === 0) return [];
  // One that went away in between makes it end with 1; those that are there are printed all the same.
  const inspect = ['container', 'inspect', ...present];
  const stdout = await mustRun(runner, 'docker', inspect, { ...options, okCodes: [0, 1] });
  return parseContainers(stdout.trim() || '[]');
}
