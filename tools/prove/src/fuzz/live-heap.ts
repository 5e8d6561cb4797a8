/** Longest wait for the inspector, milliseconds: a full collection on a busy machine takes its time. */
const LIMIT_MS = 20_000;

interface Reply {
  readonly id?: number;
  readonly result?: { readonly usedSize?: number };
}

/** Bytes that are alive in a process: after a full garbage collection, over its inspector. */
export async function liveHeapBytes(inspector: string): Promise<number> {
  const socket = new WebSocket(inspector);
  try {
    return await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the inspector said nothing for ${LIMIT_MS} ms`)), LIMIT_MS);
      const ask = (id: number, method: string): void => socket.send(JSON.stringify({ id, method }));
      socket.addEventListener('open', () => {
        // Twice: what the first one finalizes is only freed by the second.
        ask(1, 'HeapProfiler.collectGarbage');
        ask(2, 'HeapProfiler.collectGarbage');
        ask(3, 'Runtime.getHeapUsage');
      });
      socket.addEventListener('error', () => reject(new Error('the inspector cannot be reached')));
      socket.addEventListener('message', ({ data }) => {
        const { id, result } = JSON.parse(String(data)) as Reply;
        if (id !== 3) return;
        clearTimeout(timer);
        if (result?.usedSize === undefined) reject(new Error(`no heap usage: ${String(data)}`));
        else resolve(result.usedSize);
      });
    });
  } finally {
    socket.close();
  }
}
