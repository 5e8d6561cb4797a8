import { DiscoveryError } from '../errors.ts';

/**
 * Base URLs of Consul agents from settings as people write them: `host:8500`, `http://host:8500`, a comma list, or
 * several such texts. Throws DiscoveryError `invalid_settings`.
 */
export function parseConsulAddresses(texts: readonly string[]): string[] {
  const urls = texts
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => {
      const written = text.includes('://') ? text : `http://${/:\d+$/.test(text) ? text : `${text}:8500`}`;
      const url = URL.canParse(written) ? new URL(written) : undefined;
      if (url === undefined || !/^https?:$/.test(url.protocol)) {
        throw new DiscoveryError(
          'invalid_settings',
          `Consul address "${text}" is not host:port or http(s)://host:port`,
        );
      }
      return url.origin;
    });
  if (urls.length === 0) throw new DiscoveryError('invalid_settings', 'no Consul address given');
  return urls;
}
