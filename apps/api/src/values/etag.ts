import { ProblemError } from '@nestfleet/service-defaults';

/** What a write expects of the stored value: a version, absence, or nothing. */
export type Expected = number | 'absent' | undefined;

export const etagOf = (version: number): string => `"${version}"`;

const badHeader = (header: string, message: string): ProblemError =>
  new ProblemError({
    status: 400,
    code: 'invalid_input',
    title: 'The request does not fit',
    detail: `${header}: ${message}`,
    errors: [{ path: header, message }],
  });

const versionOf = (header: string, tag: string): number => {
  const digits = /^"(\d{1,15})"$/.exec(tag)?.[1];
  if (digits === undefined) throw badHeader(header, 'is one entity tag as a GET answered it, like "3"');
  return Number(digits);
};

/** `If-Match: "3"` and `If-None-Match: *` of a write (RFC 9110 section 13). */
export function expectedOf(ifMatch: string | undefined, ifNoneMatch: string | undefined): Expected {
  if (ifMatch !== undefined && ifNoneMatch !== undefined) throw badHeader('if-none-match', 'does not go with if-match');
  if (ifMatch !== undefined) return versionOf('if-match', ifMatch);
  if (ifNoneMatch === undefined) return undefined;
  if (ifNoneMatch !== '*') throw badHeader('if-none-match', 'is * on a write');
  return 'absent';
}

/** True when a read's `If-None-Match` names the version that is stored. */
export const notModified = (ifNoneMatch: string | undefined, version: number): boolean =>
  ifNoneMatch?.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etagOf(version)) ??
  false;
