import { until } from '@nestfleet/timing';
import type { Catalog, Snapshot } from '../src/catalog.ts';

const WAIT_MS = 20_000;

/** Watched is a reader that keeps all that a watch says. */
export interface Watched {
  /** A text for each snapshot: `good` or the code of its error, then the instances with their health. */
  readonly said: () => string[];
  /** How often it began to fail. */
  readonly faults: () => number;
  /** Until that is the last text. */
  readonly sees: (text: string) => Promise<unknown>;
  readonly end: () => Promise<void>;
}

const textOf = ({ error, instances }: Snapshot): string =>
  [error?.code ?? 'good', ...instances.map(({ id, health }) => `${id} ${health}`)].join(', ');

const isFault = (text: string): boolean => !text.startsWith('good');

export function watched(catalog: Catalog, service: string): Watched {
  const stop = new AbortController();
  const said: string[] = [];
  const reading = (async () => {
    for await (const snapshot of catalog.watch(service, stop.signal)) said.push(textOf(snapshot));
  })();
  return {
    said: () => [...said],
    faults: () => said.filter((text, at) => isFault(text) && !isFault(said[at - 1] ?? 'good')).length,
    sees: (text) => until(() => said.at(-1) === text, WAIT_MS, { what: text }),
    async end() {
      stop.abort();
      await reading;
    },
  };
}
