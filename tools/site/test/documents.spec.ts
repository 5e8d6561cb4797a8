import { describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { documentOf, documentsOf, slugOf } from '../src/documents.ts';
import { sidebarOf } from '../src/sidebar.ts';

const text = `# A \`first\` page

What it is about,
in [two](x.md) lines.

## Again

~~~sh
# no heading
~~~

## Again
`;

describe('documentOf', () => {
  it('reads title, first paragraph and headings, and none of a code block', () =>
    expect(documentOf('docs/a.md', text.replaceAll('~~~', '```'))).toEqual({
      file: 'docs/a.md',
      page: 'docs/a.md',
      title: 'A first page',
      summary: 'What it is about, in two lines.',
      anchors: new Set(['a-first-page', 'again', 'again-1']),
    }));

  it.each([
    ['README.md', 'index.md'],
    ['libs/state/README.md', 'libs/state/index.md'],
    ['docs/README-first.md', 'docs/README-first.md'],
  ])('has the page of %s at %s', (file, page) => expect(documentOf(file, '# A\n').page).toBe(page));
});

describe('slugOf', () => {
  it.each([
    ['Why is api-2 skipped right now?', 'why-is-api-2-skipped-right-now'],
    ['Errors (StateError, code)', 'errors-stateerror-code'],
    ['A + B', 'a--b'],
    ['Größe_x', 'größe_x'],
  ])('makes of "%s" what forges make of it', (heading, slug) => expect(slugOf(heading)).toBe(slug));
});

describe('the documents of this repository', () => {
  const documents = [...documentsOf(resolve(import.meta.dirname, '../../..')).values()];

  it('are each in the sidebar, once', () => {
    const listed = sidebarOf(documents).flatMap(({ items }) => items);
    expect(new Set(listed.map(({ link }) => link)).size).toBe(documents.length);
    expect(listed).toHaveLength(documents.length);
  });

  it('are the READMEs of libs, apps and tools, and what is in docs', () => {
    const files = documents.map(({ file }) => file);
    expect(files).toEqual(
      expect.arrayContaining(['README.md', 'deploy/README.md', 'libs/state/README.md', 'docs/guarantees.md']),
    );
    expect(files.filter((file) => /fixtures|\.api\.md|node_modules/.test(file))).toEqual([]);
  });
});
