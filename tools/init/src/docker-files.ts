import { posix } from 'node:path';
import type { App } from './app.ts';
import type { Folder } from './folder.ts';
import { at, isObject, parseJson } from './json.ts';

const NODE_IMAGE = 'node:24-bookworm-slim';
/** Settings of package managers, without which nothing is installed as it is here. */
const SETTINGS = ['.npmrc', '.yarnrc.yml', 'pnpm-workspace.yaml'];
/** The first words of each file that is made whole: a second run knows it by them. */
export const MADE = '# Made by `npx nestfleet init`';

/** The Dockerfile of an app, whose context is the root of the repository. */
export function dockerfileText(app: App, folder: Folder): string {
  const { packageManager, build, entry, built } = app;
  const { port, portVariable = 'PORT' } = app.bootstrap;
  const command = 'script' in build ? packageManager.run(build.script) : packageManager.exec(build.command);
  return `${MADE} for ${app.service}, and yours from then on:
#   docker build${app.root === '' ? '' : ` -f ${posix.join(app.root, 'Dockerfile')}`} -t ${app.service} .
FROM ${NODE_IMAGE} AS build
WORKDIR /app
ENV NX_DAEMON=false
${manifestsFirst(app, folder)}RUN ${command}
# What runs needs none of what builds and tests.
RUN ${packageManager.prune}

FROM ${NODE_IMAGE}
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/${built} ./${built}
USER node
EXPOSE ${port}
# Has it been ready once, and does its event loop turn? A replica that shuts down is not ready, and still healthy.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \\
  CMD ["node", "-e", "Promise.all(['/startupz', '/livez'].map((path) => fetch('http://127.0.0.1:' + (process.env.${portVariable} || ${port}) + path))).then((all) => process.exit(all.every(({ ok }) => ok) ? 0 : 1), () => process.exit(1))"]
# node is process 1: SIGTERM reaches it, and no shell or package manager.
CMD ["node", "${entry}"]
`;
}

/** Scripts of the app that an install runs, which may read any of its files. */
const ofInstalls = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];

function scriptsOf(folder: Folder): string[] {
  const scripts = at(parseJson('package.json', folder.read('package.json') ?? '{}'), 'scripts');
  return isObject(scripts) ? Object.keys(scripts) : [];
}

/** Whether the repository holds the program of Yarn itself. */
const hasYarnPath = (folder: Folder): boolean => /^yarnPath:/m.test(folder.read('.yarnrc.yml') ?? '');

/** Where one package.json has all packages, an edited source does not install them again. */
function manifestsFirst({ layout, packageManager }: App, folder: Folder): string {
  const install = `RUN ${packageManager.install}\n`;
  if (layout === 'nx' || scriptsOf(folder).some((name) => ofInstalls.includes(name)) || hasYarnPath(folder))
    return `COPY . .\n${install}`;
  const settings = SETTINGS.filter((file) => folder.read(file) !== undefined);
  const files = ['package.json', packageManager.lockFile, ...settings];
  return `COPY ${files.join(' ')} ./\n${install}COPY . .\n`;
}

/** What no image needs, and what none may have. */
export const dockerignoreText = `${MADE}, and yours from then on.
.git
**/.env*
.nx
**/node_modules
**/dist
**/*.tsbuildinfo
**/coverage
**/*.log
compose*.yaml
**/Dockerfile*
`;

/** What `npm login` and the like write; a variable of the environment in its place is no secret. */
const TOKEN = /(?:_authToken|_auth|_password|npmAuthToken|npmAuthIdent)["']?\s*[=:]\s*["']?(?!["'\s]|\$\{)\S/;

/** A layer keeps what was copied into it, also of a stage that is not the last one. */
export const tokenNotes = (folder: Folder): string[] =>
  SETTINGS.filter((file) => TOKEN.test(folder.read(file) ?? '')).map(
    (file) =>
      `${file} has a token, which stays in a layer of the stage build: push that stage nowhere, or take ${file} out of COPY, ` +
      `put it into .dockerignore and mount it (RUN --mount=type=secret,id=settings,target=/app/${file})`,
  );
