import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.ts';
import { type Counts, none, oneFailed, readClosingLine, sum } from './counts.ts';
import { jestRung } from './jest-rung.ts';
import { sayLog } from './log-tail.ts';
import { formatCheck, type Rung, type Stage } from './rung.ts';

/** A front door over which the conformance suite runs. */
export interface DoorUnderTest {
  balancer: string;
  /** Https at the door. */
  tls?: boolean;
  /** Its images cannot be had everywhere: where they are not there already it is skipped, and said so. */
  mayLack: boolean;
}

export interface DockerRungOptions {
  name: string;
  /** Nx target whose command runs Jest. */
  target: string;
  /** The project that has the conformance suite. */
  suiteOf: string;
  timeLimitMs: number;
  doors: readonly DoorUnderTest[];
}

const ANSWER_WITHIN_MS = 10_000;
const LOOK_WITHIN_MS = 60_000;
/** A suite that is ended takes its containers down first. */
const GRACE_MS = 60_000;

/** What needs a Docker engine: the tests that say so, and the conformance suite over each front door. */
export function dockerRung({ name, target, suiteOf, timeLimitMs, doors }: DockerRungOptions): Rung {
  const tests = jestRung({ name, target, timeLimitMs, parallel: 1, hasServers: false });
  return {
    name,
    timeLimitMs,
    hasServers: false,
    mayLackAll: true,
    async run(stage) {
      const tested = stage.projects.filter(({ manifest }) => manifest.nx?.targets?.[target] !== undefined);
      const meant = tested.some((project) => project.name === suiteOf) ? doors : [];
      if (tested.length === 0) return none;
      const lacks = await engineLacks(stage, name);
      if (lacks !== undefined) {
        stage.say(
          `  NO DOCKER ENGINE WITH COMPOSE V2 ANSWERS: IMAGES, COMPOSE FILES AND DOORS ARE NOT TESTED. ${lacks}`,
        );
        return { ...none, skipped: tested.length + meant.length };
      }
      const results = [await tests.run(stage)];
      for (const door of meant) results.push(await runDoor(stage, name, door));
      return sum(results);
    },
  };
}

/** Why no engine can be used, undefined when one answers. */
async function engineLacks({ workspace, folder, signal }: Stage, rung: string): Promise<string | undefined> {
  const logFile = join(folder, `${rung}-engine.log`);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  const command = "docker version --format '{{.Server.Version}}' && docker compose version --short";
  const code = await runChild(command, { cwd: workspace.root, logFile, signal: limit });
  return code === 0 ? undefined : (readFileSync(logFile, 'utf8').trim().split('\n').at(-1) ?? '');
}

async function runDoor(stage: Stage, rung: string, { balancer, mayLack, tls = false }: DoorUnderTest): Promise<Counts> {
  const { workspace, folder, signal, say } = stage;
  const name = tls ? `${balancer}, https` : balancer;
  const missing = mayLack ? await missingImages(stage, rung, balancer) : [];
  if (missing.length > 0) {
    const counts = { ...none, skipped: 1 };
    say(formatCheck(name, counts, 0));
    say(`      ${missing.join(', ').toUpperCase()} IS NOT HERE: THE DOOR ${name.toUpperCase()} IS NOT TESTED`);
    return counts;
  }
  const startedMs = performance.now();
  const logFile = join(folder, `${rung}-${balancer}${tls ? '-tls' : ''}.log`);
  const options = `--engine docker --balancer ${balancer}${tls ? ' --tls' : ''}`;
  const command = `"${process.execPath}" tools/prove/src/conformance.ts ${options}`;
  const code = await runChild(command, { cwd: workspace.root, logFile, signal, graceMs: GRACE_MS });
  const counts = countSuite(readFileSync(logFile, 'utf8'), code);
  say(formatCheck(name, counts, performance.now() - startedMs));
  sayLog(logFile, say);
  if (signal.aborted) say('          ended by the time limit of the rung, or by a signal');
  return counts;
}

/** The sum that the suite ends with. One that did not get that far, or ended badly although nothing failed, has failed. */
export function countSuite(printed: string, exitCode: number | null): Counts {
  const counts = readClosingLine(printed);
  if (counts === undefined) return oneFailed;
  return counts.failed === 0 && exitCode !== 0 ? { ...counts, failed: 1 } : counts;
}

/** Images of others that a door needs and that are not on this machine. */
async function missingImages(stage: Stage, rung: string, balancer: string): Promise<string[]> {
  const { workspace, folder, signal } = stage;
  const logFile = join(folder, `${rung}-${balancer}-images.log`);
  const files = `-f deploy/compose.yaml -f deploy/compose.${balancer}.yaml`;
  const command = `images=$(docker compose ${files} config --images) || { echo "what it needs"; exit 1; }
    for image in $images; do
      case $image in nestfleet/*) ;; *) docker image inspect "$image" >/dev/null 2>&1 || echo "$image" ;; esac
    done`;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LOOK_WITHIN_MS)]);
  await runChild(command, { cwd: workspace.root, logFile, signal: limit });
  return readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
