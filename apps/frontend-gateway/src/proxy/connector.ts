import type { Socket } from 'node:net';
import { startDeadline } from '@nestfleet/timing';
import { buildConnector, errors } from 'undici';
import { Boundary } from './boundary.ts';
import { dropUnaskedContinue } from './informational-answers.ts';

/** How long an answer may take to show after a write failed, milliseconds. It is on this machine already, or never comes. */
const ANSWER_GRACE_MS = 100;

type Write = (error?: Error | null) => void;

/**
 * lenientConnector makes connections that outlive a failed write for a moment. A replica that answers before it has read the whole body (413)
 * and closes makes our next write fail, while its answer lies unread in the receive buffer: Node destroys the socket at
 * the first failed write, and the client would get a 502 in place of the answer. So the write's error waits; reading the
 * answer, or the end of the connection, comes first. A 100 that nobody asked for is dropped.
 * @param timeoutMs for a connection to come about; undici's own clock has steps of half a second
 */
export function lenientConnector(timeoutMs: number): buildConnector.connector {
  // It gives back the socket, which its types leave out.
  const connect = buildConnector({ timeout: 0 }) as (...of: Parameters<buildConnector.connector>) => Socket;
  return (target, done) => {
    const socket = connect(target, (...[error, made]: Parameters<typeof done>) => {
      cancel();
      if (error) return done(error, null);
      holdWriteErrors(made);
      dropUnaskedContinue(made);
      done(null, made);
    });
    const cancel = startDeadline(
      timeoutMs,
      () => void socket.destroy(new errors.ConnectTimeoutError(`no connection within ${timeoutMs} ms`)),
    );
  };
}

const holdError =
  (boundary: Boundary, done: Write): Write =>
  (error) => {
    if (error) boundary.after(ANSWER_GRACE_MS, () => done(error)).unref();
    else done();
  };

/** Overrides the two methods that Node documents for makers of streams; there is no other hook before the destroy. */
function holdWriteErrors(socket: Socket): void {
  const write = socket['_write'].bind(socket);
  const writev = socket['_writev']?.bind(socket);
  const cut = (): void => void socket.destroy();
  const boundary = new Boundary(cut, cut);
  socket['_write'] = (chunk, encoding, done) => write(chunk, encoding, holdError(boundary, done));
  if (writev) socket['_writev'] = (chunks, done) => writev(chunks, holdError(boundary, done));
}
