import { ProblemError } from '@nestfleet/service';

export const etagOf = (version: number): string => `"${version}"`;

/** The version that a tag of ours names. */
export function versionOf(opaque: string): number | undefined {
  const version = /^[1-9]\d{0,15}$/.test(opaque) ? Number(opaque) : undefined;
  return version !== undefined && Number.isSafeInteger(version) ? version : undefined;
}

export const changedMeanwhile = (key: string): ProblemError =>
  new ProblemError({
    status: 412,
    code: 'version_conflict',
    title: 'It has changed meanwhile',
    detail: `"${key}" is not at the version that was asked for`,
  });
