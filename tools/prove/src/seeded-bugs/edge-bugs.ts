import type { Patch } from './seeded-bug.ts';

/** A fault that is compiled into a gateway, to show that the comparison of the edge proxies finds it. */
export interface EdgeBug {
  readonly name: string;
  readonly app: 'frontend-gateway';
  readonly patches: readonly Patch[];
}

export const twoHosts: EdgeBug = {
  name: 'two-hosts',
  app: 'frontend-gateway',
  patches: [
    {
      file: 'libs/service/src/http/adapter.ts',
      find: 'repeatedHeader(rawHeaders) ??\n      refusalOf',
      replace: 'refusalOf',
    },
    {
      file: 'libs/service/src/http/request-checks.ts',
      find: "if (at >= 0) return badHost('There is more than one Host header');",
      replace: 'if (at >= 0) continue;',
    },
  ],
};

export const edgeBugs: readonly EdgeBug[] = [twoHosts];
