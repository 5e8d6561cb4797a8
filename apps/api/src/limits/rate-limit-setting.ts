import { type Rate, StateError, requireRate } from '@nestfleet/state';
import { z } from 'zod';

/** Quota is a named limit: of whom, and how many requests in any period. */
export interface Quota {
  readonly name: string;
  /** A caller is a session, or an address without one; an address has all its sessions together, so that opening more of them gives nobody more. */
  readonly of: 'caller' | 'address';
  readonly rate: Rate;
}

/** How many requests are answered: those that each quota allows. */
export type RateLimit = readonly Quota[];

const grammar = /^(\d{1,7})\/(\d{1,5})?([smhd])((?:;(?:burst|address)=\d{1,7})*)$/;
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** People behind one address, such as an office, share it; a client that opens sessions does not get further. */
const SESSIONS_OF_ADDRESS = 10;
const SYNTAX = 'is <count>/<period>, such as 100/60s or 600/10m;burst=50;address=2000; or off';

export const rateLimitSetting = z
  .string()
  .default('off')
  .transform((text, context) => {
    try {
      return text === 'off' || text === '' ? undefined : parseRateLimit(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : SYNTAX });
      return z.NEVER;
    }
  });

/** Throws with what is wrong. */
export function parseRateLimit(text: string): RateLimit {
  const [, count = '', times = '1', unit = 's', rest = ''] = grammar.exec(text) ?? [];
  const options = new Map(
    rest
      .split(';')
      .filter(Boolean)
      .map((part) => part.split('=') as [string, string]),
  );
  if (count === '' || options.size !== rest.split(';').filter(Boolean).length) throw new Error(SYNTAX);
  const periodMs = Number(times) * UNIT_MS[unit as keyof typeof UNIT_MS];
  const ofAddress = Number(options.get('address') ?? Number(count) * SESSIONS_OF_ADDRESS);
  if (ofAddress < Number(count)) throw new Error('gives an address less than one of its sessions');
  const quotas = quotasOf('', { caller: Number(count), address: ofAddress }, periodMs);
  const burst = Number(options.get('burst') ?? count);
  if (burst > Number(count)) throw new Error('has a burst that is more than the count');
  if (burst === Number(count)) return quotas;
  // As fast as the whole, or faster where that is no whole second: the header tells it in seconds.
  const burstMs = Math.floor((burst * periodMs) / Number(count) / 1_000) * 1_000;
  if (burstMs === 0) throw new Error('has a burst of less than a second of its rate');
  const ofAddressBurst = Math.floor((burst * ofAddress) / Number(count));
  return [...quotas, ...quotasOf('-burst', { caller: burst, address: ofAddressBurst }, burstMs)];
}

const quotasOf = (suffix: string, counts: Record<Quota['of'], number>, periodMs: number): RateLimit =>
  (['caller', 'address'] as const).map((of) => ({
    name: `${of}${suffix}`,
    of,
    rate: checked({ count: counts[of], periodMs }),
  }));

function checked(rate: Rate): Rate {
  try {
    return requireRate(rate);
  } catch (error) {
    throw error instanceof StateError ? new Error(error.message, { cause: error }) : error;
  }
}
