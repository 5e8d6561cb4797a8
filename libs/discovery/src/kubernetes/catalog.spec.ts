import { describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import type { Snapshot } from '../catalog.ts';
import { createMemberSet } from '../lb/member-set.ts';
import { ApiError } from './api-error.ts';
import { sliceCatalog } from './catalog.ts';
import type { SliceClient } from './client.ts';
import type { EndpointConditions, EndpointSlice } from './endpoint-slice.ts';
import type { SliceList } from './slice-set.ts';
import type { WatchEvent } from './watch-event.ts';

const sliceOf = (
  pod: string,
  resourceVersion: string,
  { address = '10.0.0.1', conditions }: { address?: string; conditions?: EndpointConditions } = {},
): EndpointSlice => ({
  metadata: { name: `slice-${pod}`, resourceVersion },
  addressType: 'IPv4',
  endpoints: [{ addresses: [address], targetRef: { kind: 'Pod', name: pod }, ...(conditions && { conditions }) }],
});
const STARTING: EndpointConditions = { ready: false, serving: false, terminating: false };
const DRAINED: EndpointConditions = { ready: false, serving: false, terminating: true };
const modified = (...args: Parameters<typeof sliceOf>): WatchEvent => ({ type: 'MODIFIED', object: sliceOf(...args) });
const listOf = (version: string, ...pods: string[]): SliceList => ({
  metadata: { resourceVersion: version },
  items: pods.map((pod) => sliceOf(pod, version)),
});
const bookmark = (resourceVersion: string): WatchEvent => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion } },
});
const gone: WatchEvent = { type: 'ERROR', object: { code: 410, message: 'too old resource version' } };

type Step = SliceList | Error | readonly (readonly WatchEvent[] | Error)[];
const isWatched = (step: Step | undefined): step is readonly (readonly WatchEvent[] | Error)[] => Array.isArray(step);

const never = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));

/** Runs a watch over a client that answers a list or a watch with each step, and then waits; `asked` names what it was asked. */
async function watched(steps: readonly Step[], random = () => 0, stepMs = 1_000) {
  const asked: string[] = [];
  const backOffs: number[] = [];
  const next = (what: string): Step | undefined => {
    asked.push(what);
    return steps[asked.length - 1];
  };
  const client: SliceClient = {
    async list(service, signal) {
      const step = next(`list ${service}`);
      if (step === undefined) return never(signal);
      if (step instanceof Error) throw step;
      return step as SliceList;
    },
    async *watch(_service, { resourceVersion, timeoutS }, signal) {
      const step = next(`watch from ${resourceVersion} for ${timeoutS} s`);
      if (step instanceof Error) throw step;
      yield [];
      for (const each of isWatched(step) ? step : [await never(signal)]) {
        if (each instanceof Error) throw each;
        yield each;
      }
    },
    ping: () => Promise.resolve(0),
  };
  const stop = new AbortController();
  const seen: Snapshot[] = [];
  let clockMs = 0;
  const nowMs = () => (clockMs += stepMs);
  const waitBackOff = (ms: number) => Promise.resolve(void backOffs.push(Math.round(ms)));
  const reading = (async () => {
    const catalog = sliceCatalog({ client, random, nowMs, waitBackOff });
    for await (const snapshot of catalog.watch('api', stop.signal)) seen.push(snapshot);
  })();
  await until(() => asked.length > steps.length, 20_000);
  stop.abort();
  await reading;
  const told = seen.map(({ instances, error }) => [error?.code ?? 'good', ...instances.map(({ id }) => id)].join(' '));
  return { asked, backOffs, seen, told };
}

const many = (fault: Error): Step[] => Array.from({ length: 6 }, () => fault);

const latest = (): number => 0.9999;

describe('sliceCatalog', () => {
  it('lists, and watches from there on; a watch that ended in time goes on from its last version', async () => {
    const { asked, told, seen } = await watched([
      listOf('7', 'a'),
      [[{ type: 'ADDED', object: sliceOf('b', '8') }, bookmark('9')], [bookmark('12')]],
      [[{ type: 'DELETED', object: sliceOf('a', '13') }]],
    ]);
    expect(asked).toEqual(['list api', 'watch from 7 for 24 s', 'watch from 12 for 24 s', 'watch from 13 for 24 s']);
    expect(told).toEqual(['good a', 'good a b', 'good a b', 'good a b', 'good b', 'good b']);
    // A bookmark says that the set is as it was.
    expect(seen[2]!.asOfMs).toBeGreaterThan(seen[1]!.asOfMs);
  });

  it('is as of the end of a watch that ended in time, also where nothing was said in it', async () => {
    const { told, seen } = await watched([listOf('7', 'a'), []]);
    expect(told).toEqual(['good a', 'good a']);
    expect(seen[1]!.asOfMs).toBeGreaterThan(seen[0]!.asOfMs);
  });

  it('lists anew every ten minutes, in case that the server goes on from lower versions', async () => {
    const { asked, told } = await watched([listOf('900', 'a'), [], [], listOf('7', 'b')], undefined, 150_000);
    expect(asked.map((each) => each.split(' for ')[0])).toEqual([
      'list api',
      'watch from 900',
      'watch from 900',
      'list api',
      'watch from 7',
    ]);
    expect(told).toEqual(['good a', 'good a', 'good a', 'good b']);
  });

  it('says a fault of the watch alone once, while it lists, and that it is over once a watch has begun', async () => {
    const refused = new ApiError(403, 'answered 403');
    const { told } = await watched([listOf('7', 'a'), refused, listOf('8', 'b'), refused, listOf('9', 'c'), []]);
    expect(told).toEqual(['good a', 'catalog_refused a', 'catalog_refused b', 'catalog_refused c', 'good c', 'good c']);
  });

  it('spreads the ends of its watches', async () => {
    const { asked } = await watched([listOf('7')], () => 0.999);
    expect(asked[1]).toBe('watch from 7 for 36 s');
  });

  it.each<[string, Step]>([
    ['as an event', [[gone]]],
    ['as a status', new ApiError(410, 'answered 410')],
  ])('lists anew at once where the version is no longer kept, said %s, which is no fault', async (_, step) => {
    const { asked, backOffs, told } = await watched([listOf('7', 'a'), step, listOf('70', 'b')]);
    expect(backOffs).toEqual([]);
    expect(asked).toEqual(['list api', 'watch from 7 for 24 s', 'list api', 'watch from 70 for 24 s']);
    expect(told).toEqual(['good a', 'good b']);
  });

  it('does not list again and again where each version is gone at once', async () => {
    const { backOffs } = await watched([
      listOf('7'),
      [[gone]],
      listOf('8'),
      [[gone]],
      listOf('9'),
      [[gone]],
      listOf('9'),
    ]);
    expect(backOffs).toEqual([2_000, 4_000]);
  });

  it.each<[string, Error, string]>([
    ['that cannot be reached', new Error('connect ECONNREFUSED'), 'catalog_unavailable'],
    ['that is busy', new ApiError(429, 'answered 429'), 'catalog_unavailable'],
    ['that fails', new ApiError(500, 'answered 500'), 'catalog_unavailable'],
    ['that takes the token for expired', new ApiError(401, 'answered 401'), 'catalog_refused'],
    ['that may not be asked', new ApiError(403, 'answered 403'), 'catalog_refused'],
  ])('keeps the set with a server %s, says so once, and lists anew a second later', async (_, fault, code) => {
    const { asked, backOffs, told, seen } = await watched([listOf('7', 'a'), [fault], fault, listOf('70', 'a', 'b')]);
    expect(asked).toEqual(['list api', 'watch from 7 for 24 s', 'list api', 'list api', 'watch from 70 for 24 s']);
    // The list is one, and that a watch from there works is yet to be seen.
    expect(told).toEqual(['good a', `${code} a`, `${code} a b`, 'good a b']);
    expect(seen[1]!.asOfMs).toBe(seen[0]!.asOfMs);
    expect(backOffs).toEqual(fault instanceof ApiError ? [1_000, 2_000] : [1_000, 1_000]);
  });

  it('tries one that is away each one to one and a half seconds, and waits longer for one that is busy, and for as long as it asks', async () => {
    const away = await watched(many(new Error('connect ECONNREFUSED')), latest);
    for (const ms of away.backOffs) expect(ms).toBeCloseTo(1_500, -1);
    const busy = await watched(many(new ApiError(503, 'answered 503')), latest);
    expect(busy.backOffs.map((ms) => Math.round(ms / 500) / 2)).toEqual([1.5, 3, 6, 10, 10, 10]);
    const asking = await watched([
      new ApiError(429, 'answered 429', 5_000),
      new ApiError(429, 'answered 429', 3_600_000),
    ]);
    expect(asking.backOffs).toEqual([6_000, 32_000]);
  });

  it('counts failures from none again after a watch that worked', async () => {
    const fault = new Error('connect ECONNREFUSED');
    const refused = new ApiError(500, 'answered 500');
    const { backOffs } = await watched([
      fault,
      fault,
      fault,
      listOf('7'),
      [[bookmark('8')], refused],
      listOf('9'),
      [],
      refused,
    ]);
    expect(backOffs).toEqual([1_000, 1_000, 1_000, 1_000, 1_000]);
  });

  it('does not pass an answer on that is no list of slices', async () => {
    const { told } = await watched([{ metadata: { resourceVersion: '7' }, items: [{}] } as unknown as SliceList]);
    expect(told).toEqual(['catalog_unavailable']);
  });

  it('does not list a pod before it has been ready, and keeps one that is not any more', async () => {
    const { told, seen } = await watched([
      { metadata: { resourceVersion: '7' }, items: [sliceOf('a', '6'), sliceOf('b', '7', { conditions: STARTING })] },
      [
        [modified('c', '8', { conditions: STARTING })],
        [modified('c', '9')],
        [modified('c', '10', { conditions: STARTING })],
        // Another pod of the same name, such as that of a StatefulSet.
        [modified('c', '11', { conditions: STARTING, address: '10.0.0.9' })],
      ],
    ]);
    // Nobody here knows whether what the first answer lists has been ready before.
    expect(told).toEqual(['good a b', 'good a b', 'good a b c', 'good a b c', 'good a b', 'good a b']);
    expect(seen[3]!.instances.map(({ health }) => health)).toEqual(['passing', 'critical', 'critical']);
  });

  it.each<[string, string[], WatchEvent[], string[]]>([
    ['more', ['a'], ['b', 'c', 'd', 'e'].map((pod) => modified(pod, '8', { conditions: STARTING })), ['a']],
    ['fewer', ['a', 'b', 'c'], ['b', 'c'].map((pod) => modified(pod, '8', { conditions: DRAINED })), ['a']],
    [
      'as many, of which most fail',
      ['a', 'b', 'c'],
      ['b', 'c'].map((pod) => modified(pod, '8', { conditions: STARTING })),
      ['a', 'b', 'c'],
    ],
  ])('lets a pool panic for sick pods alone: with %s', async (_, before, events, eligible) => {
    const { seen } = await watched([listOf('7', ...before), [events]]);
    const set = createMemberSet();
    for (const snapshot of seen) set.apply(snapshot, 0);
    expect(set.eligible().map(({ instance }) => instance.id)).toEqual(eligible);
  });
});
