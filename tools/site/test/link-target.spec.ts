import { describe, expect, it } from '@jest/globals';
import { documentOf } from '../src/documents.ts';
import { linkTarget } from '../src/link-target.ts';
import type { Repository } from '../src/repository.ts';

const documents = ['README.md', 'docs/guarantees.md', 'libs/state/README.md', 'libs/redis/README.md'].map((file) =>
  documentOf(file, '# A page\n\n## Faults\n'),
);
const repository: Repository = {
  root: '/',
  documents: new Map(documents.map((document) => [document.file, document])),
  kindOf: (path) => (path === 'libs/state/src' ? 'folder' : path.endsWith('.ts') ? 'file' : undefined),
};
const targetOf = (link: string, from = 'libs/state/README.md') => linkTarget(from, link, repository);

describe('linkTarget', () => {
  it.each([
    ['../redis/README.md', '/libs/redis/'],
    ['../redis', '/libs/redis/'],
    ['../redis/', '/libs/redis/'],
    ['../redis/README.md#faults', '/libs/redis/#faults'],
    ['../../README.md', '/'],
    ['../../docs/guarantees.md#faults', '/docs/guarantees.html#faults'],
    ['#faults', '#faults'],
    ['https://www.npmjs.com/package/pg', 'https://www.npmjs.com/package/pg'],
    ['mailto:a@example.org', 'mailto:a@example.org'],
  ])('has %s lead to %s', (link, href) => expect(targetOf(link)).toEqual({ href }));

  it.each([
    ['src/open-state.ts', 'libs/state/src/open-state.ts'],
    ['src', 'libs/state/src'],
    ['src/', 'libs/state/src'],
  ])('has %s lead to a text beside the pages', (link, linked) =>
    expect(targetOf(link)).toEqual({ href: `/source/${linked}.txt`, linked }),
  );

  it('reads a link from the folder of its document', () =>
    expect(targetOf('libs/redis', 'README.md')).toEqual({ href: '/libs/redis/' }));

  it.each([
    ['../jobs', 'there is no libs/jobs'],
    ['../redis/README.md#gone', 'libs/redis/README.md has no heading gone'],
    ['#gone', 'libs/state/README.md has no heading gone'],
    ['src/open-state.ts#L3', 'libs/state/src/open-state.ts is no page of the site'],
  ])('throws for %s, which leads nowhere', (link, what) =>
    expect(() => targetOf(link)).toThrow(`libs/state/README.md: the link ${link} leads nowhere: ${what}`),
  );
});
