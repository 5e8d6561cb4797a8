import { composeFindings } from '../deploy/compose-services.ts';
import { readCompose } from '../deploy/compose-file.ts';
import { graceFindings } from '../deploy/grace.ts';
import { HAPROXY } from '../deploy/haproxy-regions.ts';
import { retryFindings } from '../deploy/haproxy-retry.ts';
import { healthPathFindings } from '../deploy/health-paths.ts';
import { slotFindings } from '../deploy/haproxy-slots.ts';
import { hardeningFindings } from '../deploy/hardening.ts';
import { kubernetesImageFindings } from '../deploy/kubernetes-images.ts';
import { routedRows, type TableRow, table } from '../deploy/services-table.ts';
import { BASE, readTopologies } from '../deploy/topologies.ts';
import { traefikFindings } from '../deploy/traefik.ts';
import { type Finding, formatFinding, type Rule } from '../rule.ts';
import type { Workspace } from '../workspace.ts';

/** deployRule is the rule for a table of services; the table is a parameter so that fixtures can be small. */
export const deployRule = (rows: readonly TableRow[]): Rule => ({
  name: 'deploy',
  summary:
    'compose files: all services of the table, hardened, time for graceful shutdown, no ports on replicas; routes of Traefik, slots and retries of HAProxy, health paths',
  check(workspace) {
    if (!workspace.exists(BASE)) return [{ file: BASE, message: 'is missing' }];
    return [
      ...once([...openings(workspace), ...combinations(workspace, rows)]),
      ...retries(workspace, rows),
      ...healthPathFindings(workspace),
      ...kubernetesImageFindings(workspace),
    ];
  },
});

export const deploy = deployRule(table);

/** Each compose file is found by what it adds. */
function openings({ files, read }: Workspace): Finding[] {
  return files
    .filter((file) => /^deploy\/compose[^/]*\.yaml$/.test(file))
    .filter((file) => !/^# \S.{20}/.test(read(file)))
    .map((file) => ({ file, line: 1, message: 'does not open with a comment that says what it adds' }));
}

function combinations(workspace: Workspace, rows: readonly TableRow[]): Finding[] {
  try {
    const base = { files: [BASE], compose: readCompose(workspace.read, [BASE]) };
    return [
      ...hardeningFindings(base, rows),
      ...readTopologies(workspace).flatMap((deployed) => [
        ...hardeningFindings(deployed, rows),
        ...composeFindings(deployed, rows),
        ...graceFindings(deployed, rows),
        ...traefikFindings(deployed, rows, workspace),
        ...slotFindings(deployed, rows),
      ]),
    ];
  } catch (error) {
    return [{ file: BASE, message: `cannot be checked: ${error instanceof Error ? error.message : String(error)}` }];
  }
}

function retries({ exists, read }: Workspace, rows: readonly TableRow[]): Finding[] {
  return [HAPROXY.docker, HAPROXY.consul]
    .filter((file) => exists(file))
    .flatMap((file) => retryFindings(file, read(file), routedRows(rows)));
}

/** A fault of a file that is in many combinations is told once, with the first. */
function once(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const text = finding.line === undefined ? finding.message : formatFinding(finding);
    const isNew = !seen.has(text);
    seen.add(text);
    return isNew;
  });
}
