import type { IncomingHttpHeaders } from 'node:http';

/**
 * announcesBody is true where a body follows the head. One of zero bytes is none; a chunked one has no length in the head.
 */
export const announcesBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
