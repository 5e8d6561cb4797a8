import { join, resolve } from 'node:path';
import { defineConfig } from 'vitepress';
import { documentsOf, slugOf } from '../src/documents.ts';
import { copyLinked } from '../src/linked-files.ts';
import { repositoryLinks } from '../src/markdown-links.ts';
import { renderPlain } from '../src/render-plain.ts';
import { repositoryAt } from '../src/repository.ts';
import { sidebarOf } from '../src/sidebar.ts';

const root = resolve(import.meta.dirname, '../../..');
const documents = documentsOf(root);
const outDir = join(root, 'dist/tools/site');
/** Files that are no documents, and that documents link to. */
const linked = new Set<string>();

export default defineConfig({
  title: documents.get('README.md')?.title ?? '',
  description: documents.get('README.md')?.summary ?? '',
  lang: 'en',
  // The documents stay where they are: a README is the index of its folder.
  srcDir: root,
  srcExclude: ['**/fixtures/**', '**/*.api.md', '.*/**'],
  rewrites: (page: string) => documents.get(page)?.page ?? page,
  outDir,
  cacheDir: join(root, 'dist/.site-cache'),
  // The search index has its sections in the order in which pages are done, and the same input is to give the same site.
  buildConcurrency: 1,
  markdown: {
    // A forge knows no attributes in braces, and has anchors of its own.
    attrs: { disable: true },
    anchor: { slugify: slugOf },
    config: (md) => md.use(repositoryLinks, repositoryAt(root, documents), linked),
  },
  buildEnd: () => copyLinked(root, outDir, linked),
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        _render: renderPlain,
        miniSearch: {
          // Who types a symptom is to find its page before the README of what mends it.
          searchOptions: { boostDocument: (id: string) => (id.includes('/docs/problems/') ? 2 : 1) },
        },
      },
    },
    outline: [2, 3],
    nav: [
      { text: 'Problems', link: '/docs/problems/' },
      { text: 'Guarantees', link: '/docs/guarantees.html' },
      { text: 'Architecture', link: '/ARCHITECTURE.html' },
    ],
    sidebar: sidebarOf([...documents.values()]),
  },
});
