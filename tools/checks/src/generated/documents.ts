import type { Workspace } from '../workspace.ts';
import { askBundle, services } from './bundle.ts';
import { LABELS_FILE, makeLabelsFile } from '../deploy/traefik-labels.ts';
import { environmentFile, makeEnvironmentPage } from './environment.ts';

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

export function environmentDocuments(workspace: Workspace): Document[] {
  return services(workspace).length === 0
    ? []
    : [{ file: environmentFile, make: () => makeEnvironmentPage(workspace) }];
}

/** Needs no bundle: the table and the tags are code of libs that Node runs as it is. */
export function labelDocuments(workspace: Workspace): Document[] {
  return workspace.exists('deploy/compose.traefik.yaml')
    ? [{ file: LABELS_FILE, make: async () => makeLabelsFile() }]
    : [];
}
