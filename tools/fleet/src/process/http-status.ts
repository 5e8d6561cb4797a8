import { get } from 'node:http';

/**
 * httpStatus is that of `GET url` on a connection of its own, which does not stay: the shutdown of a replica must not wait
 * for it.
 */
export function httpStatus(url: string, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: timeoutMs }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.once('timeout', () => request.destroy(new Error(`${url} did not answer within ${timeoutMs} ms`)));
    request.once('error', reject);
  });
}
