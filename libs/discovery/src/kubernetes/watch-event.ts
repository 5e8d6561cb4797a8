import type { EndpointSlice } from './endpoint-slice.ts';

/** WatchEvent is one line of a watch. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: EndpointSlice }
  /** Nothing changed up to this version: a watch that goes on from it misses nothing. */
  | { readonly type: 'BOOKMARK'; readonly object: { readonly metadata: { readonly resourceVersion: string } } }
  | { readonly type: 'ERROR'; readonly object: { readonly code?: number; readonly message?: string } };

export interface WatchParser {
  /** The events that are whole with this text. Throws where a line is no event, or longer than the bound. */
  push(text: string): WatchEvent[];
  /** Throws where the stream ended within an event. */
  end(): void;
}

/** Etcd takes objects of 1.5 MiB; an event has one. */
const LINE_MAX_CHARS = 4 * 1_024 * 1_024;

const TYPES: readonly unknown[] = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'];

function eventIn(line: string): WatchEvent {
  const event = JSON.parse(line) as { type?: unknown; object?: { metadata?: { resourceVersion?: unknown } } } | null;
  const isWhole = event?.type === 'ERROR' || typeof event?.object?.metadata?.resourceVersion === 'string';
  if (!TYPES.includes(event?.type) || !isWhole) throw new TypeError(`no event of a watch: ${line.slice(0, 200)}`);
  return event as WatchEvent;
}

/** createWatchParser parses the text of a watch, which comes in parts that end anywhere. */
export function createWatchParser(lineMaxChars = LINE_MAX_CHARS): WatchParser {
  let rest = '';
  return {
    push(text) {
      const lines = text.split('\n');
      lines[0] = rest + lines[0]!;
      rest = lines.pop()!;
      if ([rest, ...lines].some(({ length }) => length > lineMaxChars))
        throw new RangeError(`an event of a watch has more than ${lineMaxChars} characters`);
      return lines.filter((line) => line.trim() !== '').map(eventIn);
    },
    end() {
      if (rest.trim() !== '') throw new Error('the watch ended within an event');
    },
  };
}
