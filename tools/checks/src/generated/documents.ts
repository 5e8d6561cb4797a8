import { ApiReports, entryPoints } from './api-reports.ts';
import type { Workspace } from '../workspace.ts';
import { askBundle, services } from './bundle.ts';
import { haproxyRegions } from '../deploy/haproxy-regions.ts';
import { routedRows, table } from '../deploy/services-table.ts';
import { alertRegions, settingRegions } from '../deploy/service-regions.ts';
import { ALERTS_FILE, makePrometheusRule, PROMETHEUS_RULE_FILE } from '../deploy/prometheus-rule.ts';
import { FALLBACK_FILE, makeFallbackFile } from '../deploy/traefik-fallback.ts';
import { LABELS_FILE, makeLabelsFile } from '../deploy/traefik-labels.ts';
import { environmentFile, makeEnvironmentPage } from './environment.ts';
import { beyondBudget, makeSizesPage, measureLibs, sizesFile } from './package-sizes.ts';
import { withRegions } from './regions.ts';

/** A file of the repo that a program writes. `make` gives its whole text. */
export interface Document {
  file: string;
  make: () => Promise<string>;
}

export function openapiDocuments(workspace: Workspace): Document[] {
  return services(workspace).map((app) => ({
    file: `${app.root}/openapi.json`,
    make: async () => `${JSON.stringify(await askBundle(workspace, app, 'print-openapi'), null, 2)}\n`,
  }));
}

/** Needs the libs built. */
export function apiDocuments(workspace: Workspace, reports = new ApiReports(workspace)): Document[] {
  return entryPoints(workspace).map((point) => ({ file: point.file, make: async () => reports.make(point) }));
}

/** Needs the libs built. A table that all of them are near to stays as it is. */
export function sizeDocuments(workspace: Workspace): Document[] {
  const make = async () => {
    const packed = await measureLibs(workspace);
    const kept = workspace.exists(sizesFile) ? workspace.read(sizesFile) : '';
    return beyondBudget(kept, packed).length === 0 ? kept : makeSizesPage(packed);
  };
  return workspace.projects.some(({ kind }) => kind === 'lib') ? [{ file: sizesFile, make }] : [];
}

export function environmentDocuments(workspace: Workspace): Document[] {
  return services(workspace).length === 0
    ? []
    : [{ file: environmentFile, make: () => makeEnvironmentPage(workspace) }];
}

/** Needs no bundle: the table and the tags are code of libs that Node runs as it is. */
export function traefikDocuments(workspace: Workspace): Document[] {
  return workspace.exists('deploy/compose.traefik.yaml')
    ? [
        { file: LABELS_FILE, make: async () => makeLabelsFile() },
        { file: FALLBACK_FILE, make: async () => makeFallbackFile() },
      ]
    : [];
}

const MONITORING = 'deploy/kubernetes/components/monitoring';

/** Of these files only regions are made; all else in them is written by hand, but for the alerts once more in a resource of Kubernetes. */
export function serviceDocuments({ exists, read }: Workspace): Document[] {
  const regionsOf = { ...haproxyRegions(routedRows(table)), ...alertRegions(table), ...settingRegions(table) };
  const made = Object.entries(regionsOf)
    .filter(([file]) => exists(file))
    .map(([file, regions]) => ({ file, make: async () => withRegions(read(file), regions) }));
  const alerts = made.find(({ file }) => file === ALERTS_FILE);
  return alerts === undefined || !exists(MONITORING)
    ? made
    : [...made, { file: PROMETHEUS_RULE_FILE, make: async () => makePrometheusRule(await alerts.make()) }];
}
