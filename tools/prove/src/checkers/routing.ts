import { type Finding, finding } from './finding.ts';

/** One look at the catalog: what each listed replica of a service says in its tags, and whether it passes. */
export interface RoutingLook {
  readonly atMs: number;
  readonly entries: readonly {
    readonly instanceId: string;
    readonly passing: boolean;
    readonly tags: readonly string[];
  }[];
}

/** Traefik's word for what a tag defines: `http.routers.api.rule=…` is part of the router `api`. */
const KEY = /^(traefik\.(?:http|tcp|udp)\.(?:routers|middlewares|services)\.[^.]+\.[^=]+)=(.*)$/;

/**
 * Traefik merges what all passing replicas say, and drops a router, middleware or service that two of them define
 * differently. So at no time may one key have two values.
 */
export function oneDefinition(looks: readonly RoutingLook[]): Finding {
  const faults = new Set<string>();
  for (const { atMs, entries } of looks) {
    const values = new Map<string, string>();
    for (const { instanceId, tags } of entries.filter(({ passing }) => passing))
      for (const tag of tags) {
        const [, key = '', value = ''] = KEY.exec(tag) ?? [];
        if (key === '') continue;
        const known = values.get(key);
        if (known !== undefined && known !== value)
          faults.add(`${key} is "${known}" and, by ${instanceId}, "${value}" at ${Math.round(atMs)} ms`);
        values.set(key, value);
      }
  }
  return finding(`one definition of each router in ${looks.length} looks`, [...faults]);
}

/** At every look some passing replica says the same routes as at the first one. */
export function routesStay(looks: readonly RoutingLook[]): Finding {
  const routersOf = ({ entries }: RoutingLook): Set<string> =>
    new Set(
      entries
        .filter(({ passing }) => passing)
        .flatMap(({ tags }) => tags.flatMap((tag) => /^traefik\.http\.routers\.([^.]+)\./.exec(tag)?.[1] ?? [])),
    );
  const [first] = looks;
  if (first === undefined) return finding('no look is without routes', ['there was no look']);
  const wanted = routersOf(first);
  if (wanted.size === 0) return finding('no look is without routes', ['there were none from the beginning']);
  const faults = looks.flatMap((look) => {
    const lacks = [...wanted].filter((name) => !routersOf(look).has(name));
    return lacks.length > 0 ? [`${lacks.join(', ')} at ${Math.round(look.atMs)} ms`] : [];
  });
  return finding(`each of ${wanted.size} routes is there in each of ${looks.length} looks`, faults);
}
