import { get } from 'node:http';

/** Status of `GET url` on a connection of its own, which does not stay: a replica that leaves must not wait for ours. */
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
