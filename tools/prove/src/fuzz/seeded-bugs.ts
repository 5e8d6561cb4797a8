import type { Patch } from '../planted/planted-bug.ts';

/** A fault that is compiled into a gateway, to show that the fuzz finds its kind. */
export interface SeededBug {
  /** Word for `--planted`. */
  readonly name: string;
  readonly mistake: string;
  readonly app: 'frontend-gateway';
  readonly patches: readonly Patch[];
  /** What one of the finds says then. */
  readonly find: RegExp;
}

export const seededBugs: readonly SeededBug[] = [
  {
    name: 'kept-place',
    mistake: 'a tunnel gives its place back only where it is not the only one',
    app: 'frontend-gateway',
    patches: [
      {
        file: 'apps/frontend-gateway/src/proxy/web-socket/places.ts',
        find: '?? 1) - 1;',
        replace: '?? 1) - (this.taken.get(id) === 3 ? 0 : 1);',
      },
    ],
    find: /places for \d+ tunnels/,
  },
];
