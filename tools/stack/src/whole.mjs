import { existsSync, readFileSync, statSync } from 'node:fs';

// Looks whether node_modules holds every package that the lock file wants here, and the programs of each: prints `whole`, or what is amiss. The word
// counts, not the exit code: a shell takes an emptied `node` for a script that ends well. Run from the root, also by a Node
// that is too old for the tools (exit code 78).

/**
 * @typedef {string | string[] | undefined} Names
 * @typedef {{ link?: boolean, optional?: boolean, os?: Names, cpu?: Names, libc?: Names, bin?: Record<string, string> }} Package
 */

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
 * An optional package of another platform is not installed, and what it needs alone is not either.
 * @param {Package | undefined} wanted
 */
const isWanted = (wanted = {}) =>
  !wanted.link &&
  (!wanted.optional || wanted.os !== undefined || wanted.cpu !== undefined) &&
  takes(wanted.os, process.platform) &&
  takes(wanted.cpu, process.arch) &&
  takes(wanted.libc, libc);

/** @param {string} path */
function isThere(path) {
  try {
    return statSync(`${path}/package.json`).size > 0;
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

const lock = /** @type {{ packages: Record<string, Package> }} */ (
  JSON.parse(readFileSync('package-lock.json', 'utf8'))
);
const wanted = Object.keys(lock.packages).filter((path) => isWanted(lock.packages[path]));
const missing = [
  ...wanted.filter((path) => !isThere(path || '.')),
  ...wanted.flatMap((path) => programs(path, lock.packages[path])).filter((path) => !existsSync(path)),
];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (missing.length > 0) {
  console.error(`${missing.length} of the packages and their programs are missing, ${missing[0]} among them`);
  process.exitCode = 1;
} else if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  const oldest = OLDEST.join('.');
  console.error(`Node ${process.versions.node} runs here: on this platform install Node ${oldest} or newer yourself`);
  process.exitCode = 78;
} else {
  console.log('whole');
}
