import { posix } from 'node:path';
import type { App } from './app.ts';
import type { Folder } from './folder.ts';

const NODE_IMAGE = 'node:24-bookworm-slim';
/** The first words of each file that is made whole: a second run knows it by them. */
export const MADE = '# Made by `npx nestfleet init`';

/** The Dockerfile of an app, whose context is the root of the repository. */
export function dockerfileText(app: App, folder: Folder): string {
  const { packageManager, build, entry } = app;
  const { port, portVariable = 'PORT' } = app.bootstrap;
  const command = 'script' in build ? packageManager.run(build.script) : packageManager.exec(build.command);
  const built = entry.split('/').slice(0, -1).join('/') || '.';
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

/** Where one package.json has all packages, an edited source does not install them again. */
function manifestsFirst({ layout, packageManager }: App, folder: Folder): string {
  const install = `RUN ${packageManager.install}\n`;
  if (layout === 'nx') return `COPY . .\n${install}`;
  const settings = ['.npmrc', '.yarnrc.yml', 'pnpm-workspace.yaml'].filter((file) => folder.read(file) !== undefined);
  const files = ['package.json', packageManager.lockFile, ...settings];
  return `COPY ${files.join(' ')} ./\n${install}COPY . .\n`;
}

/** What no image needs, and what none may have. */
export const dockerignoreText = `${MADE}, and yours from then on.
.git
.env*
.nx
**/node_modules
**/dist
**/coverage
**/*.log
compose*.yaml
**/Dockerfile*
`;
