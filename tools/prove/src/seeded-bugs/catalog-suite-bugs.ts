import type { SuiteBug } from './suite-bug.ts';

const DISCOVERY = 'libs/discovery/src';

const connectUnbounded: SuiteBug = {
  name: 'connect-unbounded',
  description: 'a connection for messages that does not come about has the time of the message, and none of its own',
  patches: [{ file: `${DISCOVERY}/nest/tcp-connection.ts`, find: '        boundConnect();\n', replace: '' }],
  detectedBy: {
    spec: `${DISCOVERY}/nest/tcp-connection.spec.ts`,
    test: 'gives up a connection that does not come about',
  },
};

const zones: readonly SuiteBug[] = [
  {
    name: 'zone-ignored',
    description: 'instances of the own zone are not preferred',
    patches: [
      {
        file: `${DISCOVERY}/lb/zone-split.ts`,
        find: 'if (zone === undefined) return undefined;',
        replace: "if (zone !== '') return undefined;",
      },
    ],
    detectedBy: {
      spec: `${DISCOVERY}/lb/zone-split.spec.ts`,
      test: 'keeps to it while enough of it is usable',
    },
  },
  {
    name: 'zone-never-left',
    description: 'the own zone gets all requests, also where most of it is ejected',
    patches: [{ file: `${DISCOVERY}/lb/zone-split.ts`, find: 'Math.min(', replace: 'Math.max(' }],
    detectedBy: {
      spec: `${DISCOVERY}/lb/zone-split.spec.ts`,
      test: 'keeps to it while enough of it is usable, and sends the rest to the others',
    },
  },
];

const dns: readonly SuiteBug[] = [
  {
    name: 'search-list-unused',
    description: 'a name is asked for as it is alone',
    patches: [
      {
        file: `${DISCOVERY}/dns/search-list.ts`,
        find: '[name, ...searched] : [...searched, name]',
        replace: '[name] : [name]',
      },
    ],
    detectedBy: { spec: `${DISCOVERY}/dns/search-list.spec.ts`, test: 'api with ndots 1' },
  },
  {
    name: 'one-bad-target-ends-all',
    description: 'one target that cannot be resolved takes all the others with it',
    patches: [
      {
        file: `${DISCOVERY}/dns/lookup.ts`,
        find: '      if (signal.aborted) throw error;\n',
        replace: '      throw error;\n',
      },
    ],
    detectedBy: {
      spec: `${DISCOVERY}/dns/lookup.spec.ts`,
      test: 'goes on without a target that cannot be resolved',
    },
  },
  {
    name: 'first-address-only',
    description: 'of a target with several addresses the first one alone is used',
    patches: [
      {
        file: `${DISCOVERY}/dns/lookup.ts`,
        find: 'for (const address of addresses.get(target) ?? [])',
        replace: 'for (const address of (addresses.get(target) ?? []).slice(0, 1))',
      },
    ],
    detectedBy: { spec: `${DISCOVERY}/dns/lookup.spec.ts`, test: 'takes every address of a target' },
  },
  {
    name: 'protocol-names-refused',
    description: 'the name of an SRV record, which begins with a service and a protocol, is refused',
    patches: [{ file: `${DISCOVERY}/dns/name-pattern.ts`, find: '[A-Za-z0-9._{}-]', replace: '[A-Za-z0-9.{}-]' }],
    detectedBy: {
      spec: `${DISCOVERY}/dns/catalog.spec.ts`,
      test: 'takes the port of SRV records under the name of a service and protocol',
    },
  },
  {
    name: 'port-setting-unused',
    description: 'the port of one service that is set counts for nothing',
    patches: [
      {
        file: `${DISCOVERY}/dns/name-pattern.ts`,
        find: 'Object.hasOwn(ports, service) ? ports[service] : port',
        replace: 'port',
      },
    ],
    detectedBy: {
      spec: `${DISCOVERY}/dns/catalog.spec.ts`,
      test: 'takes addresses with the port of the name, or that of the service',
    },
  },
];

const consul: readonly SuiteBug[] = [
  {
    name: 'server-name-unused',
    description: 'an agent is asked for by the host of its address, whatever name its certificate is said to have',
    patches: [
      {
        file: `${DISCOVERY}/consul/agent-send.ts`,
        find: '...kept, ca, cert, key, servername }',
        replace: '...kept, ca, cert, key }',
      },
    ],
    detectedBy: { spec: `${DISCOVERY}/consul/agent-send.spec.ts`, test: 'asks for the name of its settings' },
  },
  {
    name: 'server-name-not-taken',
    description: 'CONSUL_TLS_SERVER_NAME is read and goes nowhere',
    patches: [
      {
        file: `${DISCOVERY}/discovery-source.ts`,
        find: '{ ca, cert, key, serverName }',
        replace: '{ ca, cert, key }',
      },
    ],
    detectedBy: {
      spec: `${DISCOVERY}/discovery-source.spec.ts`,
      test: 'takes datacenter and certificates',
    },
  },
  {
    name: 'token-read-once',
    description: 'a token that is written anew is not read before a restart',
    patches: [{ file: `${DISCOVERY}/reread-file.ts`, find: "now === change ? ''", replace: "now !== '' ? ''" }],
    detectedBy: { spec: `${DISCOVERY}/reread-file.spec.ts`, test: 'gives a token that was written anew' },
  },
  {
    name: 'check-settings-unused',
    description: 'every replica is checked at the same path and times, whatever its registration says',
    patches: [
      {
        file: `${DISCOVERY}/registration/health-check.ts`,
        find: '...READINESS, deregisterAfterMs: 60_000, ...settings }',
        replace: '...settings, ...READINESS, deregisterAfterMs: 60_000 }',
      },
    ],
    detectedBy: {
      spec: `${DISCOVERY}/registration/service-definition.spec.ts`,
      test: 'checks another path, at other times',
    },
  },
];

/** How instances are found, and which of them are asked. */
export const catalogSuiteBugs: readonly SuiteBug[] = [connectUnbounded, ...zones, ...dns, ...consul];
