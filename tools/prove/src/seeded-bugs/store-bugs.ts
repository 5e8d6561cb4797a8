import { adoptedSid } from './adopted-sid.ts';
import { casWithoutVersion } from './cas-without-version.ts';
import { doubleCount } from './double-count.ts';
import { noTombstone } from './no-tombstone.ts';
import type { SeededBug } from './seeded-bug.ts';
import { splitExpiry } from './split-expiry.ts';

export const storeBugs: readonly SeededBug[] = [splitExpiry, noTombstone, casWithoutVersion, adoptedSid, doubleCount];
