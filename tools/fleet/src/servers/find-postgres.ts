import { globSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { findHere, inspect, type Program, type ServerBinary } from './binary.ts';
import { cacheDir } from './cache.ts';
import { findKept, type FindOptions, hasApt, missing, sayToPeople } from './find.ts';
import { messageOf } from './errors.ts';
import { packagedPostgresPath, postgresFromPackage } from './postgres-package.ts';

const postgres: Program = {
  name: 'postgres',
  variable: 'NESTFLEET_POSTGRES',
  versionArgument: '--version',
  oldest: '13.0',
};

/** Where Debian puts its programs, which is on nobody's PATH; the newest first. */
const installed = (): string[] =>
  globSync('/usr/lib/postgresql/*/bin/postgres')
    .map((path) => dirname(path))
    .toSorted()
    .toReversed();

/**
 * findPostgres answers the PostgreSQL to use: NESTFLEET_POSTGRES, PATH, where Debian puts it, else the distribution's package in
 * the user's cache.
 */
export async function findPostgres(options: FindOptions = {}): Promise<ServerBinary> {
  const { env = process.env, platform = process.platform, say = sayToPeople } = options;
  const searched = { ...env, PATH: [env['PATH'] ?? '', ...installed()].join(delimiter) };
  const here = await findHere(postgres, searched, say);
  if (here !== undefined) return here;
  const cache = cacheDir(env);
  const packaged = { path: packagedPostgresPath(cache), source: "the distribution's package" };
  const kept = await findKept(postgres, cache, packaged, say);
  if (kept !== undefined) return kept;
  const tried: string[] = [];
  if (platform === 'linux' && hasApt(env)) {
    const path = await postgresFromPackage(cache, say).catch((fault: unknown) => void tried.push(messageOf(fault)));
    if (path !== undefined) return inspect(postgres, path, packaged.source);
  } else tried.push('this system has no apt');
  throw missing(postgres, tried, `Install ${postgres.oldest} or newer (Debian, Ubuntu: apt-get install postgresql)`);
}
