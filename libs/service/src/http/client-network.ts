import { isIPv6 } from 'node:net';

const IPV4_IN_IPV6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** Of the eight groups of an IPv6 address these name the network; one client has all addresses in it. */
const NETWORK_GROUPS = 4;

/**
 * clientNetwork is what a bound for each client counts by: its address, as a proxy of TRUSTED_PROXIES forwards it, and of IPv6 the
 * network (/64).
 * @param request without an address where its connection has ended
 */
export function clientNetwork({ ip = '' }: { readonly ip?: string | undefined }): string {
  const [address = ''] = ip.split('%', 1);
  const inner = IPV4_IN_IPV6.exec(address)?.[1];
  if (inner !== undefined) return inner;
  return isIPv6(address) ? `${groupsOf(address).slice(0, NETWORK_GROUPS).join(':')}::` : address;
}

/** All eight groups, each in one spelling. */
function groupsOf(address: string): readonly string[] {
  const [head = [], tail] = address.split('::', 2).map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...(tail ?? [])];
  return groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''));
}
