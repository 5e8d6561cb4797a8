import { readFileSync } from 'node:fs';

/** SearchList is what a name without a trailing dot is tried with, as in resolv.conf(5). */
export interface SearchList {
  readonly domains: readonly string[];
  /** A name with at least so many dots is tried as it is first, any other last. */
  readonly ndots: number;
}

const NDOTS_DEFAULT = 1;
const NDOTS_MAX = 15;

export const noSearchList: SearchList = { domains: [], ndots: NDOTS_DEFAULT };

/** parseSearchList reads `search` or `domain` (the last one counts) and `options ndots:n` of a resolv.conf. */
export function parseSearchList(text: string): SearchList {
  let { domains, ndots } = noSearchList;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'search') domains = values;
    if (keyword === 'domain') domains = values.slice(0, 1);
    if (keyword !== 'options') continue;
    for (const option of values) {
      const [, digits] = /^ndots:(\d{1,4})$/.exec(option) ?? [];
      if (digits !== undefined) ndots = Math.min(Number(digits), NDOTS_MAX);
    }
  }
  return { domains: domains.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== ''), ndots };
}

/** systemSearchList is that of this host; empty where there is no resolv.conf. */
export function systemSearchList(): SearchList {
  try {
    return parseSearchList(readFileSync('/etc/resolv.conf', 'utf8'));
  } catch {
    return noSearchList;
  }
}

/** searchedNames are the names to ask for, in order. A trailing dot says that a name is whole. */
export function searchedNames(name: string, { domains, ndots }: SearchList): readonly string[] {
  if (name.endsWith('.')) return [name];
  const searched = domains.map((domain) => `${name}.${domain}`);
  return name.split('.').length - 1 >= ndots ? [name, ...searched] : [...searched, name];
}
