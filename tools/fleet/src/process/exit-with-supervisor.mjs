// Loaded into every replica before its program: descriptor STACK_LIFELINE_FD is a pipe that the supervisor holds open. When
// the supervisor is killed the kernel closes it, and the replica shuts down as on SIGTERM: without a supervisor nobody would
// ever end it. Plain JavaScript, since loading the type stripper would cost each start some time.
import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

const fd = Number(process.env['STACK_LIFELINE_FD']);
if (isMainThread && fd > 2) {
  // A child of the replica has no such descriptor.
  delete process.env['STACK_LIFELINE_FD'];
  const line = new Socket({ fd, readable: true, writable: false });
  line.once('close', () => process.kill(process.pid, 'SIGTERM'));
  line.on('error', () => undefined);
  line.resume();
  line.unref();
}
