import { relative, sep } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';
import { linkTarget } from './link-target.ts';
import type { Repository } from './repository.ts';

/** repositoryLinks has the links of documents lead to pages, and notes in `linked` what else they lead to. */
export function repositoryLinks(md: MarkdownRenderer, repository: Repository, linked: Set<string>): void {
  const { root, documents } = repository;
  const fileOf = new Map([...documents.values()].map(({ file, page }) => [page, file]));
  md.core.ruler.push('repository-links', ({ env, tokens }) => {
    const { path } = env as { path: string };
    const page = relative(root, path).split(sep).join('/');
    const from = fileOf.get(page) ?? page;
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const link = token.type === 'link_open' ? token.attrGet('href') : null;
      if (link === null) continue;
      const target = linkTarget(from, link, repository);
      token.attrSet('href', encodeURI(target.href));
      if (target.linked !== undefined) linked.add(target.linked);
    }
  });
}
