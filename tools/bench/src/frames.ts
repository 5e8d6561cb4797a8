import { alternate } from './alternate.ts';
import { startWebSocketReplica, transfer, type WebSocketPair } from './frames/web-socket.ts';
import { gateway } from './proxy/proxies.ts';
import { type Bench, type Bound } from './report.ts';
import { cpuUs, pin } from './visit/processes.ts';
import { formatRatio, median, ratioOf } from './visit/ratios.ts';

interface FramesPlan {
  readonly rounds: number;
  /** Chunks of 64 KiB in each sample: long beside a tick of the clock of the process, which is 10 ms. */
  readonly chunks: number;
}

const DEFAULTS: FramesPlan = { rounds: 20, chunks: 1_500 };
const SHORT: FramesPlan = { rounds: 2, chunks: 100 };

const CHUNK_BYTES = 65_536;
const MAX_MS = 0.5;
const MEASURED_ON = 0;

/** Frames of binary data (RFC 6455, 5.2) that fill 64 KiB; whole ones, so that each chunk is as the first. */
interface Way {
  readonly name: string;
  readonly from: keyof WebSocketPair;
  readonly chunk: Buffer;
}

const repeated = (frame: readonly number[]): Buffer =>
  Buffer.alloc(CHUNK_BYTES - (CHUNK_BYTES % frame.length), Buffer.from(frame));

const ONE_LARGE = Buffer.alloc(CHUNK_BYTES, Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xf2, 1, 2, 3, 4]));

/** The baseline is what passing the bytes on costs in any case: one frame of 64 KiB has one head. */
const BASELINE: Way = { name: 'one frame (baseline)', from: 'client', chunk: ONE_LARGE };
const WAYS: readonly Way[] = [
  BASELINE,
  { name: '1 byte each, from the client', from: 'client', chunk: repeated([0x82, 0x81, 1, 2, 3, 4, 9]) },
  { name: 'empty, from the client', from: 'client', chunk: repeated([0x82, 0x80, 1, 2, 3, 4]) },
  { name: 'empty, from the replica', from: 'replica', chunk: repeated([0x82, 0x00]) },
];

/** Milliseconds of the gateway's CPU for 64 KiB, by way, one for each round. */
async function measure({ rounds, chunks }: FramesPlan): Promise<ReadonlyMap<Way, readonly number[]>> {
  const replica = await startWebSocketReplica();
  const { port, child } = await gateway.start([replica.port])!;
  try {
    pin(child, MEASURED_ON);
    const sample = async ({ from, chunk }: Way): Promise<number> => {
      const pair = await replica.openThrough(port);
      const startUs = cpuUs(child.pid!);
      await transfer(pair[from], from === 'client' ? pair.replica : pair.client, chunk, chunks);
      const tookUs = cpuUs(child.pid!) - startUs;
      pair.client.destroy();
      return tookUs / 1_000 / chunks;
    };
    for (const way of WAYS) await sample(way);
    return await alternate(WAYS, rounds, sample);
  } finally {
    child.kill();
    replica.close();
  }
}

async function runFrames(plan: FramesPlan): ReturnType<Bench['run']> {
  const measured = await measure(plan);
  const baseline = measured.get(BASELINE)!;
  const rows = [...measured].map(([{ name }, samples]) => ({
    name,
    ms: median(samples),
    followingMs: median(samples.map((each, round) => each - baseline[round]!)),
    ratio: ratioOf(samples, baseline, (each) => each),
  }));
  return {
    table: [
      ['64 KiB of frames', 'CPU ms', 'following them ms', 'to the baseline'],
      ...rows.map(({ name, ms, followingMs, ratio }) => [
        name,
        ms.toFixed(3),
        followingMs.toFixed(3),
        formatRatio(ratio),
      ]),
    ],
    bounds: [
      {
        what: 'CPU of following 64 KiB of the smallest frames',
        value: Math.max(...rows.map(({ followingMs }) => followingMs)),
        max: MAX_MS,
        unit: 'ms',
      } satisfies Bound,
    ],
  };
}

export const frames: Bench = {
  name: 'frames',
  shows: 'what 64 KiB of WebSocket frames cost the built gateway: the smallest ones beside one large frame',
  run: () => runFrames(DEFAULTS),
  short: () => runFrames(SHORT),
};
