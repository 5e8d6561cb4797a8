import { mkdtempSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { scenarios } from './scenarios/all.ts';
import { UsageFault, parseNatural, oneOf, runMain } from './cli.ts';
import { BALANCERS, ENGINES } from './driver/fleet-options.ts';
import { type Cluster, readCluster } from './driver/kubectl.ts';
import { SEEDED_BUGS } from './seeded-bugs/build-variant.ts';
import { manifestBugs, seedManifests } from './seeded-bugs/manifest-bugs.ts';
import { provedBugs } from './seeded-bugs/proved-bugs.ts';
import { type Detection, detect } from './detection/detect.ts';
import { runSuite } from './detection/run-suite.ts';
import type { SeededBug } from './seeded-bugs/seeded-bug.ts';
import type { SuiteBug } from './seeded-bugs/suite-bug.ts';
import { suiteBugs } from './seeded-bugs/suite-bugs.ts';
import { keepArtifacts } from './runner/artifacts.ts';
import { type Choice, chooseScenarios, lackOf, notApplicable } from './runner/choose.ts';
import { formatResult, formatSums, formatTable } from './runner/report.ts';
import { type ScenarioResult, type Settings, runScenario } from './runner/run-scenario.ts';
import type { Scenario } from './runner/scenario.ts';
import { type TestFleet, openTestFleet } from './runner/test-fleet.ts';

const MANIFEST_BUGS = manifestBugs.map(({ name }) => name);

/** In place of a name: each in its turn, and each is to be found. */
const ALL_SEEDED = 'all';
/** Likewise, those alone that a spec has to find. */
const SPECS_SEEDED = 'specs';

const USAGE = `Fault injection: injects faults into a fleet of its own under load and checks what must hold:
  node tools/prove/src/prove.ts [--engine ${ENGINES.join('|')}] [--balancer ${BALANCERS.join('|')}] [--quick | --all]
    [--only ${scenarios.map(({ name }) => name).join(',')}]
    [--seed 7] [--rate 150] [--artifacts folder] [--seeded ${SEEDED_BUGS.join('|')}]
On Kubernetes the cluster is named by hand: KUBECONFIG=<file> CONTEXT=<context> [EDGE=http://localhost:30080]
  and --seeded is one of ${MANIFEST_BUGS.join('|')}
Seeds one bug after the other and runs the spec or the scenario that has to detect it:
  node tools/prove/src/prove.ts --seeded ${ALL_SEEDED} [--times 3] [--balancer ${BALANCERS.join('|')}]
Likewise, for specs alone, all of them or one:
  node tools/prove/src/prove.ts --seeded ${SPECS_SEEDED}|${suiteBugs.map(({ name }) => name).join('|')}`;

const RATE_MAX = 200;
/** What a processor has left for requests while it starts the containers of a fleet. */
const CONTAINERS_RATE_PER_PROCESSOR = 30;

const defaultRate = (engine: Choice['engine']): number =>
  engine === 'local' ? RATE_MAX : Math.min(RATE_MAX, CONTAINERS_RATE_PER_PROCESSOR * availableParallelism());

const CLI_OPTIONS = {
  engine: { type: 'string', default: 'local' },
  balancer: { type: 'string', default: 'gateway' },
  only: { type: 'string' },
  seed: { type: 'string' },
  rate: { type: 'string' },
  quick: { type: 'boolean', default: false },
  all: { type: 'boolean', default: false },
  artifacts: { type: 'string' },
  seeded: { type: 'string' },
  times: { type: 'string', default: '1' },
} as const;

interface RunOptions {
  readonly choice: Choice;
  /** Where the fleet is to be; undefined but on Kubernetes. */
  readonly cluster: Cluster | undefined;
  readonly settings: Settings;
  readonly chosen: readonly Scenario[];
  /** Where to keep what every run has seen; without it only that of failed ones is kept. */
  readonly artifacts: string | undefined;
  /** A fault in the bundles: the run is to fail. */
  readonly seededBug: string | undefined;
  /** Seeded bugs that are to be detected, in place of a run of scenarios. */
  readonly wanted: Wanted | undefined;
}

interface Wanted {
  readonly suites: readonly SuiteBug[];
  readonly proved: readonly SeededBug[];
  /** How often each of the scenarios' is. */
  readonly times: number;
}

function readOptions(): RunOptions {
  const { values } = parseArgs({ options: CLI_OPTIONS });
  const choice: Choice = {
    engine: oneOf(ENGINES, 'engine', values.engine),
    balancer: oneOf(BALANCERS, 'balancer', values.balancer),
    tier: values.all ? 'all' : values.quick ? 'quick' : 'core',
    only: values.only?.split(','),
  };
  const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : parseNatural('the seed', values.seed);
  return {
    choice,
    cluster: choice.engine === 'kubernetes' ? readCluster(process.env) : undefined,
    settings: {
      seed,
      isQuick: values.quick,
      isAll: values.all,
      perSecondMax: values.rate === undefined ? defaultRate(choice.engine) : parseNatural('the rate', values.rate),
    },
    chosen: chosenBy(choice),
    artifacts: values.artifacts,
    ...seededOf(values.seeded, choice, parseNatural('the number of times', values.times)),
  };
}

function seededOf(
  word: string | undefined,
  { engine }: Choice,
  times: number,
): Pick<RunOptions, 'seededBug' | 'wanted'> {
  if (word === undefined) return { seededBug: undefined, wanted: undefined };
  if (engine === 'kubernetes') return { seededBug: oneOf(MANIFEST_BUGS, 'seeded bug', word), wanted: undefined };
  if (engine !== 'local') throw new UsageFault('bugs are seeded into processes only');
  const wants = (suites: readonly SuiteBug[], proved: readonly SeededBug[] = []) => ({
    seededBug: undefined,
    wanted: { suites, proved, times },
  });
  if (word === ALL_SEEDED) return wants(suiteBugs, provedBugs);
  if (word === SPECS_SEEDED) return wants(suiteBugs);
  const bug = suiteBugs.find(({ name }) => name === word);
  return bug === undefined ? { seededBug: oneOf(SEEDED_BUGS, 'seeded bug', word), wanted: undefined } : wants([bug]);
}

function chosenBy(choice: Choice): readonly Scenario[] {
  try {
    return chooseScenarios(scenarios, choice);
  } catch (error) {
    throw new UsageFault(error instanceof Error ? error.message : String(error));
  }
}

function skipped(scenario: Scenario, reason: string): ScenarioResult {
  console.log(`SKIPPED ${scenario.name}: ${reason}`);
  return { scenario, verdict: 'skipped', tookMs: 0, sent: '', seen: [reason], faults: [] };
}

/** Runs one and says what it has shown. Only a failed one leaves something behind. */
async function runOne(scenario: Scenario, testFleet: TestFleet, { choice, settings, artifacts }: RunOptions) {
  const reason = notApplicable(scenario, choice) ?? (await scenario.obstacle?.());
  if (reason !== undefined) return skipped(scenario, reason);
  const fleet = await testFleet.ready(scenario);
  const lacks = await lackOf(scenario, fleet.driver);
  if (lacks !== undefined) return skipped(scenario, lacks);
  const ran = await runScenario(scenario, fleet, settings);
  const { result } = ran;
  console.log(formatResult(result));
  if (result.verdict === 'failed' || artifacts !== undefined) {
    const folder = artifacts ?? mkdtempSync(join(tmpdir(), 'nestfleet-prove-kept-'));
    console.log(`    kept in ${await keepArtifacts(folder, ran, fleet.driver)}`);
  }
  return result;
}

async function detectAll(
  { suites, proved, times }: Wanted,
  { choice: { balancer }, settings }: RunOptions,
): Promise<number> {
  let missed = 0;
  const say = (found: readonly Detection[]): void => {
    for (const { bug, isDetected, evidence } of found)
      console.log(`${isDetected ? 'detected' : 'MISSED'} ${bug}: ${evidence}`);
    missed += found.filter(({ isDetected }) => !isDetected).length;
  };
  for (const bug of suites) say([await runSuite(bug)]);
  for (const bug of proved) say(await detect([bug], { balancer, times, settings }));
  console.log(
    `${suites.length} seeded bugs of specs, run once, ${proved.length} of scenarios, ${times} times: ${missed} missed`,
  );
  return missed > 0 ? 1 : 0;
}

async function main(): Promise<number> {
  const run = readOptions();
  if (run.wanted) return detectAll(run.wanted, run);
  const { choice, cluster, settings, chosen, seededBug } = run;
  console.log(
    `${chosen.length} scenarios behind ${choice.balancer} on the ${choice.engine} engine, SEED=${settings.seed}`,
  );
  if (seededBug !== undefined) console.log(`SEEDED: ${seededBug}; the proofs that look for it are to fail`);
  const bundleBugs = seededBug === undefined || cluster ? [] : [seededBug];
  const bug = manifestBugs.find(({ name }) => name === seededBug);
  const seededCluster = cluster && bug ? { ...cluster, seed: seedManifests(bug) } : cluster;
  const testFleet = openTestFleet(choice.engine, choice.balancer, bundleBugs, seededCluster);
  const results: ScenarioResult[] = [];
  try {
    for (const scenario of chosen) results.push(await runOne(scenario, testFleet, run));
  } finally {
    await testFleet.dispose();
  }
  console.log(`\n${formatTable(results)}\n`);
  if (results.some(({ verdict }) => verdict === 'failed'))
    console.log(`the same choices again: SEED=${settings.seed} ONLY=<scenario> make prove`);
  console.log(formatSums(results));
  return results.some(({ verdict }) => verdict === 'failed') || !results.some(({ verdict }) => verdict === 'passed')
    ? 1
    : 0;
}

await runMain(main, USAGE);
