import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { buildDescribed } from './generated/bundle.ts';
import { writeDocuments } from './generated/write.ts';
import { formatFinding } from './rule.ts';
import { apiReports } from './rules/api-reports.ts';
import { environment, openapi, serviceRegions, traefikLabels } from './rules/generated.ts';
import { packageSizes } from './rules/package-sizes.ts';
import { openWorkspace } from './workspace.ts';

/**
 * Writes the OpenAPI documents and docs/environment.md from the apps and the API reports from the libs, which it builds first,
 * and from the table of services Traefik's labels and HAProxy's routes and backends: `node tools/checks/src/generate.ts`. With `--check` it builds and
 * writes nothing, and fails where one is not up to date, as the rules do.
 */
const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
const workspace = openWorkspace(resolve(import.meta.dirname, '../../..'));

try {
  if (values.check) {
    const findings = [];
    for (const { check } of [openapi, apiReports, packageSizes, environment, traefikLabels, serviceRegions])
      findings.push(...(await check(workspace)));
    for (const finding of findings) console.log(formatFinding(finding));
    process.exitCode = findings.length > 0 ? 1 : 0;
  } else {
    await buildDescribed(workspace);
    const written = await writeDocuments(workspace);
    for (const file of written) console.log(`written  ${file}`);
    if (written.length === 0) console.log('all are up to date');
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
