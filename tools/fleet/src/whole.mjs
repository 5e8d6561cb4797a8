import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';

// Looks whether node_modules is as the lock file wants it here: every package by name and version, its programs, and each file
// and link that the install had left (`--seal` writes those down, at its end). Prints `whole`, or what is amiss. The word counts,
// not the exit code: a shell takes an emptied `node` for a script that ends well. Run from the root, also by a Node that is too
// old for the tools (exit code 78).

/**
 * @typedef {string | string[] | undefined} Names
 * @typedef {{ name?: string, version?: string, link?: boolean, optional?: boolean, os?: Names, cpu?: Names, libc?: Names, bin?: Record<string, string> }} Package
 */

const MANIFEST = 'node_modules/.installed-files';
/** The lock file that was installed: a fleet can be asked and ended though a newer one has come since. */
const INSTALLED = 'node_modules/.installed';

const OLDEST = /** @type {const} */ ([24, 16]);

function libcHere() {
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}
const libc = libcHere();

/**
 * Whether a list of the lock file, such as `["linux"]` or `"!win32"`, takes in what is here.
 * @param {Names} list
 * @param {string} here
 */
function takes(list, here) {
  const words = list === undefined ? [] : [list].flat();
  return !words.includes(`!${here}`) && (words.includes(here) || words.every((word) => word.startsWith('!')));
}

/**
 * An optional package of another platform is not installed, and what it needs alone is not either. Workspaces are git's: of
 * them the links are installed.
 * @param {string} path
 * @param {Package | undefined} wanted
 */
const isWanted = (path, wanted = {}) =>
  path.includes('node_modules/') &&
  (!wanted.optional || wanted.os !== undefined || wanted.cpu !== undefined) &&
  takes(wanted.os, process.platform) &&
  takes(wanted.cpu, process.arch) &&
  takes(wanted.libc, libc);

/**
 * @param {string} path
 * @param {Package | undefined} wanted
 */
function isThere(path, wanted = {}) {
  try {
    const { name, version } = /** @type {Package} */ (JSON.parse(readFileSync(`${path}/package.json`, 'utf8')));
    return wanted.link || (name === (wanted.name ?? path.split('node_modules/').pop()) && version === wanted.version);
  } catch {
    return false;
  }
}

/**
 * programs are where npm links those of a package to: `.bin` of the node_modules that it is in. A link that leads nowhere is
 * not there either; without that of `node` the one outside would be taken for ours.
 * @param {string} path
 * @param {Package | undefined} wanted
 */
function programs(path, wanted) {
  const folder = path.slice(0, path.lastIndexOf('node_modules/'));
  return Object.keys(wanted?.bin ?? {}).map((name) => `${folder}node_modules/.bin/${name}`);
}

/**
 * The mark of a file is its size and whether it is a program, that of a link where it leads. Contents are not read: this
 * comes before every command.
 * @param {string} path
 */
function mark(path) {
  try {
    const stats = lstatSync(path);
    if (stats.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
    return (stats.mode & 0o100) === 0 ? `${stats.size}` : `${stats.size}, a program`;
  } catch {
    return 'missing';
  }
}

/**
 * What tools keep for themselves (`.cache`, `.vite`) comes and goes.
 * @param {string} folder
 * @returns {string[]}
 */
const filesIn = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (folder === 'node_modules' && entry.name.startsWith('.') && entry.name !== '.bin') return [];
    return entry.isDirectory() ? filesIn(path) : [path];
  });

/** The files and links that are not as the install had left them; without its list none is known to be. */
function changed() {
  try {
    const processes = /** @type {Record<string, string>} */ (JSON.parse(readFileSync(MANIFEST, 'utf8')));
    return Object.entries(processes)
      .filter(([path, was]) => mark(path) !== was)
      .map(([path]) => path);
  } catch {
    return [MANIFEST];
  }
}

/** @param {string} path */
const readLock = (path) =>
  /** @type {{ name?: string, packages: Record<string, Package> }} */ (JSON.parse(readFileSync(path, 'utf8')));
const newest = readLock('package-lock.json');
const lock = existsSync(INSTALLED) ? readLock(INSTALLED) : newest;
const wanted = Object.keys(lock.packages).filter((path) => isWanted(path, lock.packages[path]));
let amiss = [
  ...wanted.filter((path) => !isThere(path, lock.packages[path])),
  ...wanted.flatMap((path) => programs(path, lock.packages[path])).filter((path) => !existsSync(path)),
];
if (amiss.length === 0 && process.argv[2] === '--seal')
  writeFileSync(
    MANIFEST,
    JSON.stringify(Object.fromEntries(filesIn('node_modules').map((path) => [path, mark(path)]))),
  );
else if (amiss.length === 0) amiss = changed();
// Where the repository was renamed, the sources import each other by names that no link has yet.
if (newest.name !== lock.name) amiss.push(`the links of ${newest.name}, which was ${lock.name} before`);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (amiss.length > 0) {
  console.error(
    `missing or not as it was installed: ${amiss[0]}${amiss.length > 1 ? ` and ${amiss.length - 1} more` : ''}`,
  );
  process.exitCode = 1;
} else if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  const oldest = OLDEST.join('.');
  console.error(`Node ${process.versions.node} runs here: on this platform install Node ${oldest} or newer yourself`);
  process.exitCode = 78;
} else {
  console.log('whole');
}
