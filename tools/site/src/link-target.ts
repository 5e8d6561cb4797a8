import { posix } from 'node:path';
import type { Document } from './documents.ts';
import type { Repository } from './repository.ts';

/** LinkTarget is where a link of a document leads on the site. */
export interface LinkTarget {
  readonly href: string;
  /** The file or folder of the repository that has to be on the site for it. */
  readonly linked?: string;
}

/**
 * linkTarget finds the page of a link as the repository has it: relative, to a document, a folder, any other file, and perhaps a
 * heading. A link that leads nowhere throws.
 */
export function linkTarget(from: string, link: string, { documents, kindOf }: Repository): LinkTarget {
  if (/^([a-z][a-z+.-]*:|\/\/)/i.test(link)) return { href: link };
  const [, way = '', anchor] = /^([^#]*)(?:#(.*))?$/.exec(decodeURI(link)) ?? [];
  const path = way === '' ? from : posix.join(posix.dirname(from), way).replace(/\/$/, '');
  const fault = (what: string) => new Error(`${from}: the link ${link} leads nowhere: ${what}`);

  const document = documents.get(path) ?? documents.get(posix.join(path, 'README.md'));
  if (document !== undefined) {
    if (anchor !== undefined && !document.anchors.has(anchor)) throw fault(`${document.file} has no heading ${anchor}`);
    return { href: `${way === '' ? '' : addressOf(document)}${anchor === undefined ? '' : `#${anchor}`}` };
  }
  if (kindOf(path) === undefined) throw fault(`there is no ${path}`);
  if (anchor !== undefined) throw fault(`${path} is no page of the site`);
  return { href: `/${linkedAddress(path)}`, linked: path };
}

/** addressOf is the address of a page, without the base of the site. */
export function addressOf({ page }: Pick<Document, 'page'>): string {
  return `/${page.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '.html')}`;
}

/** linkedAddress is where a file lies that is no page: as text, because web servers have types of their own for a `.ts`. */
export function linkedAddress(path: string): string {
  return /\.(png|json|yaml|txt)$/.test(path) ? `source/${path}` : `source/${path}.txt`;
}
