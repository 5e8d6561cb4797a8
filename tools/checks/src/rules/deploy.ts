import { services } from '@nestfleet/contracts';
import { readCompose } from '../deploy/compose-file.ts';
import { graceFindings } from '../deploy/grace.ts';
import { retryFindings } from '../deploy/haproxy-retry.ts';
import { slotFindings, slotSettingFindings } from '../deploy/haproxy-slots.ts';
import { hardeningFindings } from '../deploy/hardening.ts';
import { BASE, readTopologies } from '../deploy/topologies.ts';
import { traefikFindings } from '../deploy/traefik.ts';
import { type Finding, formatFinding, type Rule } from '../rule.ts';
import type { Workspace } from '../workspace.ts';

const HAPROXY = 'deploy/haproxy/door.cfg';

export const deploy: Rule = {
  name: 'deploy',
  summary:
    'compose files: hardened, time for graceful shutdown, no ports on replicas; routes of Traefik, slots and retries of HAProxy',
  check(workspace) {
    if (!workspace.exists(BASE)) return [{ file: BASE, message: 'is missing' }];
    return once([...openings(workspace), ...combinations(workspace), ...slots(workspace), ...retries(workspace)]);
  },
};

/** Each compose file is found by what it adds. */
function openings({ files, read }: Workspace): Finding[] {
  return files
    .filter((file) => /^deploy\/compose[^/]*\.yaml$/.test(file))
    .filter((file) => !/^# \S.{20}/.test(read(file)))
    .map((file) => ({ file, line: 1, message: 'does not open with a comment that says what it adds' }));
}

function combinations(workspace: Workspace): Finding[] {
  try {
    const base = { files: [BASE], compose: readCompose(workspace.read, [BASE]) };
    return [
      ...hardeningFindings(base),
      ...readTopologies(workspace).flatMap((deployed) => [
        ...hardeningFindings(deployed),
        ...graceFindings(deployed, workspace.read),
        ...traefikFindings(deployed, workspace),
        ...slotSettingFindings(deployed.files.at(-1) ?? '', deployed.compose.services.get('door')?.environment ?? {}),
      ]),
    ];
  } catch (error) {
    return [{ file: BASE, message: `cannot be checked: ${error instanceof Error ? error.message : String(error)}` }];
  }
}

function slots({ files, read }: Workspace): Finding[] {
  return files
    .filter((file) => /^deploy\/haproxy\/[^/]+\.cfg$/.test(file))
    .flatMap((file) => slotFindings(file, read(file)));
}

function retries({ exists, read }: Workspace): Finding[] {
  return exists(HAPROXY) ? retryFindings(HAPROXY, read(HAPROXY), services.api.routes) : [];
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
