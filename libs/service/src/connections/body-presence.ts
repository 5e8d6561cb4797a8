import type { IncomingHttpHeaders } from 'node:http';

/** Whether a body follows the head. One of zero bytes is none; of a chunked one the head does not tell. */
export const announcesBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
