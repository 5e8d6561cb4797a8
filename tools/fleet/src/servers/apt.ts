import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServerFault, messageOf } from './errors.ts';
import { runStep } from './step.ts';

const updateTimeoutMs = 90_000;
const downloadTimeoutMs = 180_000;
const localTimeoutMs = 20_000;

/** Apt is apt with lists and cache of its own in a scratch folder: needs no root and no earlier `apt-get update`. */
export interface Apt {
  /** Fetches the lists, signatures checked by apt. A fault is kept for `download`: one dead third-party source is no end. */
  update(): Promise<void>;
  /** Downloads packages and unpacks them into `root`, running none of their scripts. */
  unpack(packages: readonly string[], root: string): Promise<void>;
  /** Names of the packages that these directly depend on. */
  dependencies(packages: readonly string[]): Promise<string[]>;
  /** Base address of the mirror that serves a suite, from the machine's own apt settings; undefined when none does. */
  mirrorOf(suite: string): Promise<string | undefined>;
}

/** parseMirror finds `<base>/dists/<suite>/InRelease` among the quoted addresses of `apt-get update --print-uris`. */
export function parseMirror(printed: string, suite: string): string | undefined {
  const end = `/dists/${suite}/InRelease`;
  return printed
    .split('\n')
    .map((line) => /^'([^']+)'/.exec(line)?.[1])
    .find((uri) => uri?.endsWith(end))
    ?.slice(0, -end.length);
}

/**
 * parseDependencies reads `apt-cache depends`: lines like `  Depends: libc6` or ` |Depends: a`; virtual names are in angle
 * brackets.
 */
export function parseDependencies(printed: string): string[] {
  return printed
    .split('\n')
    .map((line) => /^ [ |](?:Pre)?Depends: ([^<\s]+)$/.exec(line)?.[1])
    .filter((name) => name !== undefined);
}

/** @param sources one line of sources.list that replaces the machine's own sources */
export function openApt(scratch: string, sources?: string): Apt {
  const lists = join(scratch, 'lists');
  const cache = join(scratch, 'cache');
  for (const folder of [join(lists, 'partial'), join(cache, 'archives', 'partial')]) {
    mkdirSync(folder, { recursive: true });
  }
  const settings = [`Dir::State::lists=${lists}`, `Dir::Cache=${cache}`, 'Dir::State::status=/dev/null'];
  // Not the _apt user: it cannot write here. Short time-outs: a source that does not answer must not eat the whole time.
  settings.push('APT::Sandbox::User=', 'Acquire::Languages=none', 'Acquire::Retries=1');
  settings.push('Acquire::http::Timeout=15', 'Acquire::https::Timeout=15');
  if (sources !== undefined) {
    const file = join(scratch, 'sources.list');
    writeFileSync(file, `${sources}\n`);
    settings.push(`Dir::Etc::sourcelist=${file}`, 'Dir::Etc::sourceparts=-');
  }
  const options = settings.flatMap((setting) => ['-o', setting]);
  const env = { ...process.env, LC_ALL: 'C' };
  let updateFault: unknown;

  return {
    update: async () => {
      await runStep('apt-get', ['-qq', ...options, 'update'], { timeoutMs: updateTimeoutMs, env }).catch(
        (fault: unknown) => (updateFault = fault),
      );
    },
    unpack: async (packages, root) => {
      const folder = mkdtempSync(join(scratch, 'debs-'));
      const step = { timeoutMs: downloadTimeoutMs, cwd: folder, env };
      await runStep('apt-get', ['-qq', ...options, 'download', ...packages], step).catch((cause: unknown) => {
        const earlier = updateFault === undefined ? '' : `\nbefore it: ${messageOf(updateFault)}`;
        throw new ServerFault('step_failed', `${messageOf(cause)}${earlier}`, { cause });
      });
      for (const file of readdirSync(folder)) {
        await runStep('dpkg', ['-x', join(folder, file), root], { timeoutMs: localTimeoutMs, env });
      }
    },
    dependencies: async (packages) =>
      parseDependencies(
        await runStep('apt-cache', [...options, 'depends', ...packages], { timeoutMs: localTimeoutMs, env }),
      ),
    mirrorOf: async (suite) =>
      parseMirror(
        await runStep('apt-get', [...options, 'update', '--print-uris'], { timeoutMs: localTimeoutMs, env }),
        suite,
      ),
  };
}
