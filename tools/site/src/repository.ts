import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Document } from './documents.ts';

/** Repository is what a link of a document may lead to. */
export interface Repository {
  readonly root: string;
  readonly documents: ReadonlyMap<string, Document>;
  readonly kindOf: (path: string) => 'file' | 'folder' | undefined;
}

export function repositoryAt(root: string, documents: ReadonlyMap<string, Document>): Repository {
  return {
    root,
    documents,
    kindOf(path) {
      const found = statSync(join(root, path), { throwIfNoEntry: false });
      if (found === undefined) return undefined;
      return found.isDirectory() ? 'folder' : 'file';
    },
  };
}
