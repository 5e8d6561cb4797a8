/** Who is measured. Each is a process of its own that answers `GET /` with the body of a visit. */
export const CONTENDERS = {
  seed: 'node:http, the seed’s three commands',
  'nest-seed': 'Nest, the same three',
  'nest-script': 'Nest, one script per request',
  ours: 'Nest, visits of libs/state, no middleware',
  api: 'the built api, all middleware on',
} as const;
export type Contender = keyof typeof CONTENDERS;

/** The baseline: every ratio is to this one, taken in the same round. */
export const BASELINE: Contender = 'seed';

export interface ContenderOrder {
  readonly contender: Exclude<Contender, 'api'>;
  readonly redisUrl: string;
}

export const SID = 'sid';
export const sidOf = (cookie: string | undefined): string | undefined => /(?:^|; )sid=([^;]+)/.exec(cookie ?? '')?.[1];
