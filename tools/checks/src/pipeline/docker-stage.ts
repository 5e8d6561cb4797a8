import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.ts';
import { type Counts, none, oneFailed, readClosingLine, sum } from './counts.ts';
import { jestStage } from './jest-stage.ts';
import { printLog } from './log-tail.ts';
import { formatCheck, type Stage, type StageContext } from './stage.ts';

/** A load balancer over which the conformance suite runs. */
export interface BalancerUnderTest {
  balancer: string;
  /** Https at the balancer. */
  tls?: boolean;
  /** Its images cannot be had everywhere: where they are not there already it is skipped, and logged as a warning. */
  mayLack: boolean;
}

export interface DockerStageOptions {
  name: string;
  /** Nx target whose command runs Jest. */
  target: string;
  /** The project that has the conformance suite. */
  suiteOf: string;
  timeLimitMs: number;
  balancers: readonly BalancerUnderTest[];
}

const ANSWER_WITHIN_MS = 10_000;
const LOOK_WITHIN_MS = 60_000;
/** A suite that is ended takes its containers down first. */
const GRACE_MS = 60_000;

/** What needs a Docker engine: the tests that say so, and the conformance suite over each load balancer. */
export function dockerStage({ name, target, suiteOf, timeLimitMs, balancers }: DockerStageOptions): Stage {
  const tests = jestStage({ name, target, timeLimitMs, parallel: 1, hasServers: false });
  return {
    name,
    timeLimitMs,
    hasServers: false,
    mayLackAll: true,
    async run(context) {
      const tested = context.projects.filter(({ manifest }) => manifest.nx?.targets?.[target] !== undefined);
      const meant = tested.some((project) => project.name === suiteOf) ? balancers : [];
      if (tested.length === 0) return none;
      const lacks = await engineLacks(context, name);
      if (lacks !== undefined) {
        context.print(
          `  NO DOCKER ENGINE WITH COMPOSE V2 ANSWERS: IMAGES, COMPOSE FILES AND BALANCERS ARE NOT TESTED. ${lacks}`,
        );
        return { ...none, skipped: tested.length + meant.length };
      }
      const results = [await tests.run(context)];
      for (const balancer of meant) results.push(await testBalancer(context, name, balancer));
      return sum(results);
    },
  };
}

/** Why no engine can be used, undefined when one answers. */
async function engineLacks({ workspace, folder, signal }: StageContext, stage: string): Promise<string | undefined> {
  const logFile = join(folder, `${stage}-engine.log`);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  const command = "docker version --format '{{.Server.Version}}' && docker compose version --short";
  const code = await runChild(command, { cwd: workspace.root, logFile, signal: limit });
  return code === 0 ? undefined : (readFileSync(logFile, 'utf8').trim().split('\n').at(-1) ?? '');
}

async function testBalancer(
  context: StageContext,
  stage: string,
  { balancer, mayLack, tls = false }: BalancerUnderTest,
): Promise<Counts> {
  const { workspace, folder, signal, print, noteFailure } = context;
  const name = tls ? `${balancer}, https` : balancer;
  const missing = mayLack ? await missingImages(context, stage, balancer) : [];
  if (missing.length > 0) {
    const counts = { ...none, skipped: 1 };
    print(formatCheck(name, counts, 0));
    print(`      ${missing.join(', ').toUpperCase()} IS NOT HERE: THE BALANCER ${name.toUpperCase()} IS NOT TESTED`);
    return counts;
  }
  const startedMs = performance.now();
  const logFile = join(folder, `${stage}-${balancer}${tls ? '-tls' : ''}.log`);
  const options = `--engine docker --balancer ${balancer}${tls ? ' --tls' : ''}`;
  const command = `"${process.execPath}" tools/prove/src/conformance.ts ${options}`;
  const code = await runChild(command, { cwd: workspace.root, logFile, signal, graceMs: GRACE_MS });
  const printed = readFileSync(logFile, 'utf8');
  const counts = countSuite(printed, code);
  print(formatCheck(name, counts, performance.now() - startedMs));
  // A skip says its reason in the output; it must not get lost.
  if (counts.failed > 0 || counts.skipped > 0) printLog(logFile, print);
  const rows = failedRows(printed);
  if (counts.failed > 0 && rows.length === 0) rows.push('the suite as a whole');
  for (const row of rows) noteFailure(`${stage} over ${name}: ${row}`);
  if (signal.aborted) print('          ended by the time limit of the stage, or by a signal');
  return counts;
}

/** The sum that the suite ends with. One that did not get that far, or ended badly although nothing failed, has failed. */
export function countSuite(printed: string, exitCode: number | null): Counts {
  const counts = readClosingLine(printed);
  if (counts === undefined) return oneFailed;
  return counts.failed === 0 && exitCode !== 0 ? { ...counts, failed: 1 } : counts;
}

/** The names of the rows that failed. */
export const failedRows = (printed: string): string[] =>
  [...printed.matchAll(/^ *FAILED +(\S+)/gm)].map(([, name = '']) => name);

/** Images of others that a balancer needs and that are not on this machine. */
async function missingImages(context: StageContext, stage: string, balancer: string): Promise<string[]> {
  const { workspace, folder, signal } = context;
  const logFile = join(folder, `${stage}-${balancer}-images.log`);
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
