'use strict';
// The kernel drops a signal that process 1 has no handler for, so a container stopped while it boots would wait out its
// whole grace period. Until the app listens for the signal itself there is nothing to finish: the end is at once.
for (const signal of ['SIGTERM', 'SIGINT']) {
  const end = () => process.exit(0);
  const handOver = (event) => {
    if (event !== signal) return;
    process.off('newListener', handOver);
    // A tick later: without a moment in which nobody listens.
    process.nextTick(() => process.off(signal, end));
  };
  process.on(signal, end);
  process.on('newListener', handOver);
}
