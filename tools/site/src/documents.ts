import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Document is a page of the site: a file of the repository. */
export interface Document {
  /** Relative to the repository. */
  readonly file: string;
  /** Where the site has it: `libs/state/README.md` is `libs/state/index.md`. */
  readonly page: string;
  readonly title: string;
  /** Its first paragraph. */
  readonly summary: string;
  /** Of its headings, as links name them. */
  readonly anchors: ReadonlySet<string>;
}

const patterns = ['*.md', 'docs/**/*.md', 'deploy/**/README.md', '{apps,libs,tools}/*/README.md'];

/** documentsOf reads all documents of the site, by their files. */
export function documentsOf(root: string): ReadonlyMap<string, Document> {
  const files = globSync(patterns, { cwd: root }).toSorted();
  return new Map(files.map((file) => [file, documentOf(file, readFileSync(join(root, file), 'utf8'))]));
}

const fence = /^( *)(`{3,}|~{3,})[^\n`]*\n[\s\S]*?^\1\2 *$/gm;

/** documentOf reads the title, the first paragraph and the headings of a text. */
export function documentOf(file: string, text: string): Document {
  const prose = text.replace(fence, '');
  const headings = [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => plainText(heading));
  const [, first = ''] = /^# .+\n+((?:(?![#|>]).+\n?)+)/m.exec(prose) ?? [];
  return {
    file,
    page: file.replace(/(^|\/)README\.md$/, '$1index.md'),
    title: headings[0] ?? file,
    summary: plainText(first.trim().replaceAll('\n', ' ')),
    anchors: new Set(slugsOf(headings)),
  };
}

/** A link is its text, and code its words. */
function plainText(markdown: string): string {
  return markdown
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*]/g, '')
    .trim();
}

/** The second heading of the same words has a number behind them. */
function slugsOf(headings: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return headings.map((heading) => {
    const slug = slugOf(heading);
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

/** slugOf is the anchor of a heading as forges make it, so that one link fits the repository and the site. */
export function slugOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}
