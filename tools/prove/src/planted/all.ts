import { adoptedSid } from './adopted-sid.ts';
import { casWithoutVersion } from './cas-without-version.ts';
import { doubleCount } from './double-count.ts';
import { noTombstone } from './no-tombstone.ts';
import type { PlantedBug } from './planted-bug.ts';
import { splitExpiry } from './split-expiry.ts';

export const plantedBugs: readonly PlantedBug[] = [
  splitExpiry,
  noTombstone,
  casWithoutVersion,
  adoptedSid,
  doubleCount,
];
