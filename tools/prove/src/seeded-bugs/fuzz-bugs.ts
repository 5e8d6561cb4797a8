import type { Patch } from './seeded-bug.ts';

/** A fault that is compiled into a gateway, to show that the fuzz finds its kind. */
export interface FuzzBug {
  /** Word for `--seeded`. */
  readonly name: string;
  readonly description: string;
  readonly app: 'frontend-gateway';
  readonly patches: readonly Patch[];
  /** What one of the finds says then. */
  readonly find: RegExp;
}

const death = /^found \d+ times: gateway has died/m;

const inGateway = (bug: Omit<FuzzBug, 'app'>): FuzzBug => ({ app: 'frontend-gateway', ...bug });

export const fuzzBugs: readonly FuzzBug[] = [
  inGateway({
    name: 'status-throw',
    description: 'a callback about an answer throws on a status from 300 on',
    patches: [
      {
        file: 'apps/frontend-gateway/src/proxy/answer-stream.ts',
        find: 'this.flush = boundary.guard(this.writeHeld);',
        replace: `this.flush = () => {
          if (this.response.statusCode > 299) throw new Error('no such status');
          this.writeHeld();
        };`,
      },
    ],
    find: death,
  }),
  inGateway({
    name: 'upgrade-throw',
    description: 'an upgrade behind an unanswered request is given a connection that is in use',
    patches: [
      {
        file: 'apps/frontend-gateway/src/proxy/web-socket/web-sockets.ts',
        find: 'if (isPipelined(request)) this.refused',
        replace: 'if (!isToPass) this.refused',
      },
      {
        file: 'apps/frontend-gateway/src/proxy/web-socket/web-sockets.ts',
        find: '      if (isPipelined(request)) {',
        replace: '      if (isPipelined(request) && !isToPass) {',
      },
      {
        file: 'apps/frontend-gateway/src/proxy/web-socket/web-sockets.ts',
        find: 'guarded(onUpgrade, cut)',
        replace: 'onUpgrade',
      },
    ],
    find: death,
  }),
  inGateway({
    name: 'kept-slot',
    description: 'a tunnel that ends while two others are open keeps its slot',
    patches: [
      {
        file: 'apps/frontend-gateway/src/proxy/slots.ts',
        find: 'const left = this.used(id) - 1;',
        replace: 'const left = this.used(id) - (this.used(id) === 3 ? 0 : 1);',
      },
    ],
    find: /places for \d+ tunnels/,
  }),
  inGateway({
    name: 'early-error',
    description: 'an error of later bytes is written at once, whatever is pending',
    patches: [
      {
        file: 'libs/service/src/http/early-errors.ts',
        find: '  afterResponse(torn ? answers.at(-2) : last, () => {',
        replace: '  afterResponse(undefined, () => {',
      },
      {
        file: 'libs/service/src/http/early-errors.ts',
        find: '    if (torn?.headersSent) {',
        replace: '    if (torn === null) {',
      },
    ],
    find: /is an error of what came behind its request|no chunk size|inside its body/,
  }),
];
