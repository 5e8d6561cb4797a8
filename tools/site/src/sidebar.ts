import type { Document } from './documents.ts';
import { addressOf } from './link-target.ts';

interface Item {
  readonly text: string;
  readonly link: string;
}

interface Group {
  readonly text: string;
  /** VitePress wants an array that it might change. */
  readonly items: Item[];
  readonly collapsed: boolean;
}

/** The groups in their order, each with the files that it takes; the first that fits has a document. */
const groups: readonly (readonly [text: string, files: RegExp])[] = [
  ['Overview', /^(README|ARCHITECTURE|docs\/(guarantees|one-app|support))\.md$/],
  ['Problems', /^docs\/problems\//],
  ['Libraries', /^libs\//],
  ['Services', /^apps\//],
  ['Operations', /^(deploy|docs)\//],
  ['Tools', /^tools\//],
  ['Project', /./],
];

/** sidebarOf lists each document once: READMEs of the folder first, then by their titles. */
export function sidebarOf(documents: readonly Document[]): Group[] {
  const groupOf = ({ file }: Document) => groups.find(([, files]) => files.test(file));
  return groups.map((group) => {
    const [text] = group;
    const own = documents.filter((document) => groupOf(document) === group).toSorted(byTitle);
    const items = own.map((document) => ({ text: document.title, link: addressOf(document) }));
    return { text, items, collapsed: !['Overview', 'Problems', 'Libraries'].includes(text) };
  });
}

const isIndex = ({ file }: Document) => /^(README|docs\/problems\/README)\.md$/.test(file);

function byTitle(a: Document, b: Document): number {
  if (isIndex(a) !== isIndex(b)) return isIndex(a) ? -1 : 1;
  return a.title < b.title ? -1 : 1;
}
