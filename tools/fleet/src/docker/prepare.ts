import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { StackFault } from '../core/faults.ts';
import { portInUse } from '../supervisor/public-port.ts';
import { writeAtomically } from '../process/write-atomically.ts';
import type { CommandContext } from '../core/context.ts';
import { namedSecrets } from './choice.ts';
import type { Compose } from './compose.ts';
import {
  composeFiles,
  foreignImages,
  parseModel,
  publishedOn,
  publishedPorts,
  type ComposeModel,
} from './compose-model.ts';
import type { DockerPaths, StackChoice } from './paths.ts';
import { mustRun, runProgram } from './run.ts';

const SECRETS_WITHIN_MS = 60_000;
const RESOLVE_WITHIN_MS = 30_000;
const BUILD_WITHIN_MS = 20 * 60_000;
const PULL_WITHIN_MS = 10 * 60_000;
const LOOK_WITHIN_MS = 10_000;

/** Below the ports that the system hands out by itself: one that it gave away would collide at a later start. */
const FREE_PORT_FROM = 20_000;
const FREE_PORT_BELOW = 32_000;
const TRIES_MAX = 50;

/** makeSecrets makes the secrets that are missing. @throws StackFault docker_failed */
export async function makeSecrets({ root }: CommandContext, folder: string): Promise<void> {
  const env = { ...process.env, SECRETS_DIR: folder };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await mustRun(runProgram, 'sh', [join(root, 'deploy/make-secrets.sh')], {
    limitMs: SECRETS_WITHIN_MS,
    env,
    cwd: root,
  });
}

/** What the images are labelled with; deploy/image/build.sh says the same. */
async function labelsOf(root: string): Promise<Record<string, string>> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const words = ['--no-optional-locks', 'describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
  const revision = await runProgram('git', words, { limitMs: LOOK_WITHIN_MS, cwd: root }).then(
    ({ code, stdout }) => (code === 0 ? stdout.trim() : ''),
    () => '',
  );
  return { VERSION: version, REVISION: revision || 'unknown' };
}

/** secretsOf is the folder of a stack's secrets. */
export const secretsOf = (context: CommandContext, choice: StackChoice): string =>
  choice.own_secrets ?? namedSecrets(context, process.env);

/** fillIn resolves the compose files and stores the model. @throws StackFault docker_failed, bad_argument */
export async function fillIn(
  context: CommandContext,
  compose: Compose,
  { paths, choice, port }: { paths: DockerPaths; choice: StackChoice; port?: number | undefined },
): Promise<ComposeModel> {
  const own = {
    ...(await labelsOf(compose.root)),
    SECRETS_DIR: secretsOf(context, choice),
    ...(choice.own_tag === null ? {} : { NESTFLEET_TAG: choice.own_tag }),
    ...(port === undefined ? {} : { PORT: String(port) }),
  };
  const text = await compose.resolve(composeFiles(choice), own, RESOLVE_WITHIN_MS);
  const model = publishedOn(parseModel(text), context.publicHost);
  writeAtomically(paths.model, `${JSON.stringify(model, null, 2)}\n`);
  return model;
}

/** haveImages builds our images and fetches the others that are not there. @throws StackFault docker_failed, interrupted */
export async function haveImages(compose: Compose, model: ComposeModel, print: (line: string) => void): Promise<void> {
  const lacks: string[] = [];
  for (const image of foreignImages(model)) {
    const options = { limitMs: LOOK_WITHIN_MS, signal: compose.signal };
    if ((await runProgram('docker', ['image', 'inspect', '-f', '{{.Id}}', image], options)).code !== 0)
      lacks.push(image);
  }
  if (lacks.length > 0) {
    print(`fetching ${lacks.join(', ')}`);
    await compose.run(PULL_WITHIN_MS, 'pull', '--quiet', '--ignore-buildable', '--policy', 'missing');
  }
  await buildImages(compose, print);
}

/** buildImages builds our images. @throws StackFault build_failed, interrupted */
export async function buildImages(compose: Compose, print: (line: string) => void): Promise<void> {
  const startMs = performance.now();
  print('building the images; the first time takes minutes');
  await compose.run(BUILD_WITHIN_MS, 'build', '--progress', 'plain').catch((cause: unknown) => {
    if (!(cause instanceof StackFault) || cause.code !== 'docker_failed') throw cause;
    throw new StackFault('build_failed', `the images could not be built: ${cause.message}`, { cause });
  });
  print(`  built in ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
}

async function isFree(host: string, port: number): Promise<boolean> {
  const probe = createServer().listen({ host, port, exclusive: true });
  try {
    await once(probe, 'listening');
    return true;
  } catch (fault) {
    // An address that is not of this machine is for the engine to judge: it may run elsewhere.
    return (fault as NodeJS.ErrnoException).code !== 'EADDRINUSE';
  } finally {
    probe.close();
  }
}

/** checkPorts fails before anything starts. @throws StackFault port_in_use */
export async function checkPorts(model: ComposeModel): Promise<void> {
  for (const { host, port } of publishedPorts(model)) if (!(await isFree(host, port))) throw await portInUse(port);
}

/** @param random in [0, 1). @throws StackFault port_in_use */
export async function freePublicPort(host: string, random: () => number = Math.random): Promise<number> {
  for (let left = TRIES_MAX; left > 0; left -= 1) {
    const port = FREE_PORT_FROM + Math.floor(random() * (FREE_PORT_BELOW - FREE_PORT_FROM));
    if (await isFree(host, port)) return port;
  }
  throw new StackFault('port_in_use', `no free port found from ${FREE_PORT_FROM} to ${FREE_PORT_BELOW}`);
}
