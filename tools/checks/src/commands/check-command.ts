import type { TargetOptions, Workspace } from '../workspace.ts';
import type { ShellCommand } from './shell-lines.ts';

/**
 * Says what is wrong with a command that a document shows, undefined when it can be run as it stands: its target, project,
 * file and options exist.
 */
export function checkCommand({ words, variables }: ShellCommand, workspace: Workspace): string | undefined {
  const [program = '', ...rest] = words;
  const unknown = variables.find((name) => !isRead(name, workspace));
  if (unknown !== undefined) return `nothing reads ${unknown}`;
  const check = forms[program];
  if (check !== undefined) return check(rest, workspace);
  return workspace.exists(program) ? undefined : `no form of a command: ${program}`;
}

type Check = (words: readonly string[], workspace: Workspace) => string | undefined;

const forms: Readonly<Record<string, Check>> = {
  make: checkMake,
  nx: checkNx,
  npx: checkNpx,
  node: checkNode,
  docker: checkDocker,
  npm: checkNpm,
  sh: ([file = ''], { exists }) => missing([file], exists),
  cp: ([from = ''], { exists }) => missing([from], exists),
  haproxy: (words, { exists }) => missing(valuesOf(words, '-f'), exists),
  promtool: (words, { exists }) =>
    missing(
      words.filter((word) => word.includes('/')),
      exists,
    ),
  // A folder behind -k is ours; what else it is asked is of a cluster.
  kubectl: (words, { exists }) =>
    missing(
      valuesOf(words, '-k').map((folder) => `${folder}/kustomization.yaml`),
      exists,
    ),
  // Its images are those of `make build`.
  kind: (words, { exists }) =>
    missing(
      words.flatMap((word) => /^nestfleet\/([^:]+):/.exec(word)?.[1] ?? []).map((name) => `apps/${name}`),
      exists,
    ),
  prettier: () => undefined,
  head: () => undefined,
  export: ([word = '']) => (/^PATH=\$PWD\/node_modules\/\.bin:\$PATH$/.test(word) ? undefined : `exports ${word}`),
  curl: (words) =>
    words.every((word) => !word.includes('http'))
      ? undefined
      : 'no test runs this curl: show it in a block that one runs, as it stands there',
};

function checkMake(words: readonly string[], workspace: Workspace): string | undefined {
  const makefile = workspace.read('Makefile');
  const settings = words.map((word) => word.replace(/[[\]]/g, '')).filter((word) => /^[A-Z_]+=/.test(word));
  const target = words.find((word) => /^[a-z-]+$/.test(word));
  if (target === undefined) return 'make without a target';
  const [, recipe] = new RegExp(`^${target}:.*\\n((?:[#\\t].*\\n?)*)`, 'm').exec(makefile) ?? [];
  if (recipe === undefined) return `the Makefile has no target ${target}`;
  const [, global = ''] = /^# Read from the environment: (.*)$/m.exec(makefile) ?? [];
  const unread = settings
    .map((word) => word.split('=')[0] ?? '')
    .find((name) => !recipe.includes(`$(${name})`) && !new RegExp(`\\b${name}\\b`).test(global + recipe));
  if (unread !== undefined) return `make ${target} does not read ${unread}`;
  return target === 'prove' ? unknownScenario(settings, workspace) : undefined;
}

/** Scenarios are known by their table, which a spec of tools/prove compares with those that there are. */
function unknownScenario(settings: readonly string[], { exists, read }: Workspace): string | undefined {
  const only = settings.find((word) => word.startsWith('ONLY='))?.slice('ONLY='.length);
  const document = 'tools/prove/README.md';
  if (only === undefined || !exists(document)) return undefined;
  const [, table = ''] = /^### Scenarios\n([\s\S]*?)^### /m.exec(read(document)) ?? [];
  const first = table.split('\n').map((row) => (row.startsWith('| `') ? row.split('|')[1] : ''));
  const names = new Set([...first.join(' ').matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  const unknown = only.split(',').find((name) => /^\w/.test(name) && !names.has(name));
  return unknown === undefined ? undefined : `make prove has no scenario ${unknown}`;
}

function checkNx([verb, ...rest]: readonly string[], workspace: Workspace): string | undefined {
  if (verb === undefined) return undefined;
  if (verb === 'release')
    return ['version', 'publish'].includes(rest[0] ?? '') ? undefined : `nx release has no step ${rest[0] ?? ''} here`;
  const [first = '', second] = verb === 'run' ? (rest[0] ?? '').split(':') : rest;
  if (verb === 'run-many' || rest.length === 0) {
    const targets = rest.length === 0 ? [verb] : valuesOf(rest, '-t').flatMap((names) => names.split(','));
    const unknown = targets.find((target) => !workspace.projects.some((project) => targetsOf(project).has(target)));
    return unknown === undefined ? undefined : `no project has the Nx target ${unknown}`;
  }
  const target = verb === 'run' ? second : verb;
  const project = workspace.projects.find(({ name }) => name === first);
  if (project === undefined) return `no project is called ${first}`;
  return targetsOf(project).has(target ?? '') ? undefined : `${first} has no Nx target ${target}`;
}

/** Nx, and the program that is packed for others (tools/init). */
function checkNpx([tool = '', verb = '', ...words]: readonly string[], workspace: Workspace): string | undefined {
  if (tool === 'nx') return checkNx([verb, ...words], workspace);
  if (tool !== 'nestfleet' || verb !== 'init') return `no tool of ours: ${tool} ${verb}`.trimEnd();
  return unknownOption('tools/init/src/command-line.ts', words, workspace);
}

const targetsOf = ({ manifest }: { manifest: { nx?: { targets?: Record<string, TargetOptions> } } }) =>
  new Set(Object.keys(manifest.nx?.targets ?? {}));

function checkNode(words: readonly string[], workspace: Workspace): string | undefined {
  const [file = '', ...rest] = words.slice(words.findIndex((word) => !word.startsWith('-')));
  const [, app] = /^dist\/apps\/([^/]+)\/main\.js$/.exec(file) ?? [];
  if (app !== undefined) return workspace.exists(`apps/${app}/src/main.ts`) ? undefined : `there is no app ${app}`;
  return unknownOption(file, rest, workspace);
}

function unknownOption(file: string, words: readonly string[], workspace: Workspace): string | undefined {
  if (!workspace.exists(file)) return `there is no file ${file}`;
  const text = workspace.read(file);
  const option = words
    .filter((word) => word.startsWith('--'))
    .map((word) => word.slice(2).split('=')[0] ?? '')
    .find((name) => !new RegExp(`(['"]?\\b${name}\\b['"]?\\s*:|--\\(?[a-z|]*${name})`).test(text));
  return option === undefined ? undefined : `${file} has no option --${option}`;
}

function checkDocker([verb = '', ...rest]: readonly string[], workspace: Workspace): string | undefined {
  if (verb === 'compose') return checkCompose(rest, workspace);
  if (verb === 'build') {
    const files = valuesOf(rest, '-f');
    const dockerfile = workspace.exists(files[0] ?? '') ? workspace.read(files[0] ?? '') : '';
    const unknown = valuesOf(rest, '--build-arg')
      .map((word) => word.split('=')[0] ?? '')
      .find((name) => !new RegExp(`^ARG ${name}\\b`, 'm').test(dockerfile));
    return missing(files, workspace.exists) ?? (unknown === undefined ? undefined : `no ARG ${unknown}`);
  }
  return ['run', 'stop', 'rm', 'pull', 'stats', 'start', 'image'].includes(verb) ? undefined : `docker ${verb}`;
}

/** Without `-f` Compose takes the file in the root. What is scaled is a service of one of them. */
function checkCompose(words: readonly string[], { files, exists, read }: Workspace): string | undefined {
  const verb = words.findIndex((word) => /^(up|down|logs|ps|watch|exec|config|build)$/.test(word));
  const own = verb === -1 ? words : words.slice(0, verb);
  const named = valuesOf(own, '-f').filter((file) => !/[<>…]/.test(file));
  const services = files.filter((file) => /(^|\/)compose[^/]*\.yaml$/.test(file)).map(read);
  const unknown = valuesOf(words, '--scale')
    .map((word) => word.split('=')[0] ?? '')
    .find((name) => !services.some((text) => new RegExp(`^  ${name}:`, 'm').test(text)));
  if (unknown !== undefined) return `no compose file has a service ${unknown}`;
  return missing(own.includes('-f') ? named : ['compose.yaml'], exists);
}

/** What is packed or installed from here is a lib of ours. */
function checkNpm(words: readonly string[], { exists }: Workspace): string | undefined {
  const folders = words.filter((word) => word.startsWith('./dist/')).map((word) => word.slice('./dist/'.length));
  return ['pack', 'install', 'ci'].includes(words[0] ?? '') ? missing(folders, exists) : `npm ${words[0]}`;
}

function missing(files: readonly string[], exists: Workspace['exists']): string | undefined {
  const absent = files.find((file) => !exists(file));
  return absent === undefined ? undefined : `there is no file ${absent}`;
}

/** What follows each `-f`. */
function valuesOf(words: readonly string[], option: string): string[] {
  return words.flatMap((word, index) => (word === option ? [words[index + 1] ?? ''] : []));
}

/** A variable of the environment that some program here, or a compose file, reads. */
function isRead(name: string, { files, read }: Workspace): boolean {
  return files.some(
    (file) =>
      /\.(ts|mjs|sh|ya?ml|cfg)$|Makefile$/.test(file) && !file.endsWith('.spec.ts') && read(file).includes(name),
  );
}
