import type { EndpointSlice } from './endpoint-slice.ts';
import { ApiError } from './api-error.ts';
import type { WatchEvent } from './watch-event.ts';

/** SliceList is the answer of a list. */
export interface SliceList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items?: readonly EndpointSlice[] | null;
}

/** SliceSet is the slices of one service, as of one version. */
export interface SliceSet {
  /** Where the next watch goes on. */
  readonly resourceVersion: string;
  readonly slices: Iterable<EndpointSlice>;
  /** Throws ApiError for an event that says that the watch is over. */
  apply(events: readonly WatchEvent[]): void;
}

/** What is read of a slice, without labels, owners and what else an API server says. */
const read = ({
  metadata: { name, resourceVersion },
  addressType,
  endpoints,
  ports,
}: EndpointSlice): EndpointSlice => ({
  metadata: { name, resourceVersion },
  addressType,
  ...(endpoints && { endpoints }),
  ...(ports && { ports }),
});

export function createSliceSet(list: SliceList): SliceSet {
  const slices = new Map((list.items ?? []).map((slice) => [slice.metadata.name, read(slice)]));
  let { resourceVersion } = list.metadata;
  return {
    get resourceVersion() {
      return resourceVersion;
    },
    slices: { [Symbol.iterator]: () => slices.values() },
    apply(events) {
      for (const event of events) {
        if (event.type === 'ERROR')
          throw new ApiError(
            event.object.code ?? 500,
            `the watch failed: ${event.object.message ?? 'no reason given'}`,
          );
        ({ resourceVersion } = event.object.metadata);
        if (event.type === 'DELETED') slices.delete(event.object.metadata.name);
        else if (event.type !== 'BOOKMARK') slices.set(event.object.metadata.name, read(event.object));
      }
    },
  };
}
