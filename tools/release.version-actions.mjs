// What `nx release version` does to this repository, which nx.json names: one version for all projects, and what is told of it. Nx's
// own actions for npm are in @nx/js, which brings Babel along and knows neither our changelog nor the API reports.
import { dirname, join } from 'node:path';
import { VersionActions } from 'nx/release';

const scope = '@nestfleet/';
const needs = ['dependencies', 'devDependencies', 'peerDependencies'];
const lockFile = 'package-lock.json';
const changelog = 'CHANGELOG.md';

/** A manifest with another version, and with that of ours in what it needs. */
function moved(manifest, version) {
  const ours = needs
    .filter((kind) => manifest[kind] !== undefined)
    .map((kind) => [
      kind,
      Object.fromEntries(
        Object.entries(manifest[kind]).map(([name, range]) => [name, name.startsWith(scope) ? version : range]),
      ),
    ]);
  return { ...manifest, ...(manifest.version === undefined ? {} : { version }), ...Object.fromEntries(ours) };
}

const readJson = (tree, file) => JSON.parse(tree.read(file, 'utf8'));
const writeJson = (tree, file, value) => tree.write(file, `${JSON.stringify(value, null, 2)}\n`);
const moveFile = (tree, file, version) => writeJson(tree, file, moved(readJson(tree, file), version));

/** The workspaces in the lock file, which `npm ci` compares with their manifests; all else in it stays. */
function moveLock(tree, version) {
  const lock = readJson(tree, lockFile);
  const packages = Object.entries(lock.packages).map(([path, entry]) => [
    path,
    path.startsWith('node_modules/') ? entry : moved(entry, version),
  ]);
  writeJson(tree, lockFile, { ...lock, version, packages: Object.fromEntries(packages) });
}

/** What stands under "Unreleased" is of this version from now on. */
function nameChanges(tree, version) {
  const text = tree.read(changelog, 'utf8');
  if (text.includes(`\n## ${version} (`)) return;
  const heading = `## Unreleased\n\n## ${version} (${new Date().toISOString().slice(0, 10)})`;
  tree.write(changelog, text.replace(/^## Unreleased$/m, heading));
}

/** The API reports of this version, which the check `api-reports` compares later ones with; as text, or Nx would format them. */
function keepReports(tree, root) {
  const folder = join(root, 'api');
  if (!tree.exists(folder)) return;
  const reports = tree.children(folder).filter((name) => name.endsWith('.api.md'));
  for (const name of reports) {
    const kept = join(folder, 'released', name.replace(/\.api\.md$/, '.txt'));
    tree.write(kept, tree.read(join(folder, name), 'utf8'));
  }
}

const [MAJOR, MINOR] = [0, 1];
const partsOf = (version) => version.split('.').map(Number);

/** Whether importers of `before` have to expect that `next` breaks them, by semantic versioning. */
function mayBreak(before, next) {
  const [older, newer] = [partsOf(before), partsOf(next)];
  return newer[MAJOR] > older[MAJOR] || (newer[MAJOR] === 0 && newer[MINOR] > older[MINOR]);
}

/** @throws where the changelog tells of what breaks importers, and the version does not */
function requireHonestVersion(tree, before, next) {
  const unreleased =
    tree
      .read(changelog, 'utf8')
      .split(/^## /m)
      .find((part) => part.startsWith('Unreleased')) ?? '';
  const [part] = /^### (Breaking|Removed|Renamed)\b/m.exec(unreleased) ?? [];
  if (part === undefined || before === next || mayBreak(before, next)) return;
  throw new Error(`${changelog} has "${part}" under Unreleased: ${next} after ${before} says that nothing breaks`);
}

/** One version for all projects, read from their manifests; what each needs of the others moves with it. */
export default class OneVersion extends VersionActions {
  validManifestFilenames = ['package.json'];

  async readCurrentVersionFromSourceManifest(tree) {
    const manifestPath = join(this.projectGraphNode.data.root, 'package.json');
    return { manifestPath, currentVersion: readJson(tree, manifestPath).version };
  }

  async readCurrentVersionFromRegistry() {
    return null;
  }

  /** Nx is to move no dependency by itself: `updateProjectVersion` has all of them. */
  async readCurrentVersionOfDependency() {
    return { currentVersion: null, dependencyCollection: null };
  }

  async updateProjectDependencies() {
    return [];
  }

  async updateProjectVersion(tree, version) {
    requireHonestVersion(tree, (await this.readCurrentVersionFromSourceManifest(tree)).currentVersion, version);
    for (const { manifestPath } of this.manifestsToUpdate) {
      moveFile(tree, manifestPath, version);
      keepReports(tree, dirname(manifestPath));
    }
    // The same for each project: what is moved already stays.
    moveFile(tree, 'package.json', version);
    moveLock(tree, version);
    nameChanges(tree, version);
    return [`moved to ${version}`];
  }
}
