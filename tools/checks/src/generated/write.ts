import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Workspace } from '../workspace.ts';
import {
  apiDocuments,
  environmentDocuments,
  traefikDocuments,
  openapiDocuments,
  serviceDocuments,
  sizeDocuments,
} from './documents.ts';

/** Writes every generated document of the repo that differs from what the bundles print; returns what it wrote. */
export async function writeDocuments(workspace: Workspace): Promise<string[]> {
  const documents = [
    ...openapiDocuments(workspace),
    ...apiDocuments(workspace),
    ...environmentDocuments(workspace),
    ...traefikDocuments(workspace),
    ...serviceDocuments(workspace),
    ...sizeDocuments(workspace),
  ];
  const written: string[] = [];
  for (const { file, make } of documents) {
    const text = await make();
    if (workspace.exists(file) && workspace.read(file) === text) continue;
    const path = join(workspace.root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    written.push(file);
  }
  return written;
}
