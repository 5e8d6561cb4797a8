import {
  type Document,
  environmentDocuments,
  openapiDocuments,
  serviceDocuments,
  traefikDocuments,
} from '../generated/documents.ts';
import type { Finding, Rule } from '../rule.ts';
import type { Workspace } from '../workspace.ts';

export const openapi: Rule = {
  name: 'openapi',
  summary: 'the OpenAPI documents in the repo are what the built apps print',
  check: (workspace) => checkAll(workspace, openapiDocuments(workspace)),
};

export const environment: Rule = {
  name: 'environment',
  summary: 'the reference of the environment is what the built apps print',
  check: (workspace) => checkAll(workspace, environmentDocuments(workspace)),
};

export const traefikLabels: Rule = {
  name: 'traefik-labels',
  summary:
    "the labels for Traefik are the tags of the services' registrations, and its fallback is made from the table",
  check: (workspace) => checkAll(workspace, traefikDocuments(workspace)),
};

export const serviceRegions: Rule = {
  name: 'services',
  summary:
    "what is made from the table of services is up to date: HAProxy's routes, backends and retries, alerts, settings",
  check: (workspace) => checkAll(workspace, serviceDocuments(workspace)),
};

/** What differs from what `make` gives. */
export async function checkAll(workspace: Workspace, documents: readonly Document[]): Promise<Finding[]> {
  const findings = await Promise.all(documents.map((document) => check(workspace, document)));
  return findings.flat();
}

async function check({ exists, read }: Workspace, { file, make }: Document): Promise<Finding[]> {
  const remedy = 'run node tools/checks/src/generate.ts';
  try {
    const made = await make();
    if (!exists(file)) return [{ file, message: `is missing: ${remedy}` }];
    const line = firstDifference(read(file), made);
    return line === undefined ? [] : [{ file, line, message: `is not up to date: ${remedy}` }];
  } catch (error) {
    return [{ file, message: error instanceof Error ? error.message : String(error) }];
  }
}

/** 1-based number of the first line that differs. */
export function firstDifference(kept: string, made: string): number | undefined {
  if (kept === made) return undefined;
  const madeLines = made.split('\n');
  const index = kept.split('\n').findIndex((line, at) => line !== madeLines[at]);
  return index === -1 ? madeLines.length : index + 1;
}
