import { durationMs } from './grace.ts';

/**
 * The keys of Traefik v3.6 that this repository uses or may come to use, lower case as Traefik compares them: an own list, made
 * by reading its documentation ("Docker", "Service", "Retry" and the other middlewares, "ServersTransport", "TLS").
 * Traefik refuses everything that a container or a catalog entry says when one key of it is unknown, so a slip of the pen
 * takes all routes away. Not here on purpose: what only later versions know (retry by status), what is deprecated
 * (`forceslash`), and what holds streams back (buffering, compression).
 */
type Kind = 'text' | 'bool' | 'int' | 'duration' | 'any';

const routers = {
  text: 'rule entrypoints middlewares service tls.certresolver tls.options',
  int: 'priority',
  bool: 'tls observability.accesslogs observability.metrics observability.tracing',
};
const loadBalancer = {
  text: 'server.scheme strategy serverstransport servers[].url healthcheck.path healthcheck.scheme healthcheck.hostname healthcheck.method healthcheck.mode healthcheck.headers.*',
  int: 'server.port server.weight servers[].weight healthcheck.port healthcheck.status',
  bool: 'passhostheader healthcheck.followredirects server.preservepath servers[].preservepath',
  duration: 'healthcheck.interval healthcheck.unhealthyinterval healthcheck.timeout responseforwarding.flushinterval',
};
const middlewares = {
  text: 'stripprefix.prefixes stripprefixregex.regex replacepath.path replacepathregex.regex replacepathregex.replacement addprefix.prefix basicauth.users basicauth.usersfile basicauth.realm basicauth.headerfield chain.middlewares ipallowlist.sourcerange redirectscheme.scheme redirectscheme.port',
  // An empty value takes the header away.
  any: 'headers.customrequestheaders.* headers.customresponseheaders.*',
  int: 'retry.attempts ratelimit.average ratelimit.burst inflightreq.amount',
  bool: 'basicauth.removeheader redirectscheme.permanent',
  duration: 'retry.initialinterval ratelimit.period',
};
const transports = {
  int: 'maxidleconnsperhost',
  duration:
    'forwardingtimeouts.dialtimeout forwardingtimeouts.responseheadertimeout forwardingtimeouts.idleconntimeout',
};
const tls = {
  text: 'stores.*.defaultcertificate.certfile stores.*.defaultcertificate.keyfile options.*.minversion',
};
const own = { bool: 'enable', text: 'docker.network' };

const schema: readonly (readonly [RegExp, Kind])[] = [
  ...patterns('http.routers.*.', routers),
  ...patterns('http.services.*.loadbalancer.', loadBalancer),
  ...patterns('http.middlewares.*.', middlewares),
  ...patterns('http.serverstransports.*.', transports),
  ...patterns('tls.', tls),
  ...patterns('', own),
];

function patterns(prefix: string, keys: Partial<Record<Kind, string>>): [RegExp, Kind][] {
  return Object.entries(keys).flatMap(([kind, words]) =>
    words.split(' ').map((word): [RegExp, Kind] => {
      const text = (prefix + word)
        .replace(/[.[\]]/g, '\\$&')
        .replaceAll('\\[\\]', '\\[\\d+\\]')
        .replaceAll('*', '[a-z0-9-]+');
      return [new RegExp(`^traefik\\.${text}$`), kind as Kind];
    }),
  );
}

/** What is wrong with one label or tag, or undefined. */
export function keyFault(key: string, value: string): string | undefined {
  const rule = schema.find(([pattern]) => pattern.test(key.toLowerCase()));
  if (rule === undefined) return `${key} is no key of Traefik v3`;
  const [, kind] = rule;
  const isRight = {
    text: value.trim() !== '',
    bool: value === 'true' || value === 'false',
    int: /^-?\d+$/.test(value),
    duration: isDuration(value),
    any: true,
  }[kind];
  return isRight ? undefined : `${key} is "${value}", expected ${expected[kind]}`;
}

const expected: Readonly<Record<Kind, string>> = {
  text: 'some text',
  bool: 'true or false',
  int: 'a whole number',
  // A bare number is taken as seconds, which nobody who reads `interval: 1000` expects.
  duration: 'a duration with its unit',
  any: 'anything',
};

function isDuration(value: string): boolean {
  try {
    return durationMs(value) >= 0;
  } catch {
    return false;
  }
}
