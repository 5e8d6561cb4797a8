import type { SuiteBug } from './suite-bug.ts';

const NEST = 'libs/service/src/nest';
const DISCOVERY = 'libs/discovery/src/nest';
const spec = `${NEST}/shutdown.module.spec.ts`;
const appSpec = `${NEST}/app-shutdown.spec.ts`;

/** Of the graceful shutdown of a plain Nest app. */
export const shutdownBugs: readonly SuiteBug[] = [
  {
    name: 'plain-hooks-first',
    description: 'hooks of the app close what its work needs before that has ended',
    patches: [
      { file: `${NEST}/shutdown.module.ts`, find: 'each.distance = -1;', replace: 'each.distance = Number.MAX_VALUE;' },
    ],
    detectedBy: { spec, test: 'is before the hooks of an app without HTTP too' },
  },
  {
    name: 'plain-no-drain-delay',
    description: 'a plain Nest app stops accepting while its load balancer still sends to it',
    patches: [
      {
        file: `${NEST}/shutdown-options.ts`,
        find: 'SHUTDOWN_DRAIN_DELAY_MS: options.drainDelayMs ?? unnamedMs,',
        replace: 'SHUTDOWN_DRAIN_DELAY_MS: (options.drainDelayMs ?? unnamedMs ?? 0) * 0,',
      },
    ],
    detectedBy: { spec, test: 'serves on for the drain delay' },
  },
  {
    name: 'plain-refused-early',
    description: 'the adapter is told of the end before the drain delay, and refuses requests from then on',
    patches: [{ file: `${NEST}/app-shutdown.ts`, find: '    this.closeBehindShutdown();\n', replace: '' }],
    detectedBy: { spec, test: 'serves on for the drain delay' },
  },
  {
    name: 'plain-first-ends-all',
    description: 'the first of two applications that has ended ends the process of both',
    patches: [
      {
        file: `${NEST}/shared-process.ts`,
        find: ' || [...this.applications].some(({ hasEnded }) => !hasEnded)',
        replace: '',
      },
    ],
    detectedBy: { spec: appSpec, test: 'both end at a signal, and the process with the last of them' },
  },
  {
    name: 'plain-fault-swallowed',
    description: 'a fault is left to the first application of a process, which does not end on faults',
    patches: [
      {
        file: `${NEST}/shared-process.ts`,
        find: 'find((each) => each.hears(event))',
        replace: 'find((each) => !each.hasEnded || each.hears(event))',
      },
    ],
    detectedBy: { spec: appSpec, test: 'a fault is told by the one that ends on faults' },
  },
  {
    name: 'plain-message-cut',
    description: 'messages of microservice servers that are in flight are cut by the shutdown of a plain Nest app',
    patches: [
      { file: `${NEST}/app-shutdown.ts`, find: 'servers.count + messages.count', replace: 'servers.count' },
      { file: `${NEST}/app-shutdown.ts`, find: 'servers.begun + messages.count', replace: 'servers.begun' },
    ],
    detectedBy: { spec: `${NEST}/messages-in-flight.spec.ts`, test: 'is answered at SIGTERM' },
  },
  {
    name: 'plain-registered-twice',
    description: 'an application with two ShutdownModules starts, and each runs the shutdown',
    patches: [{ file: `${NEST}/shutdown.module.ts`, find: 'roots.length > 1', replace: 'roots.length > 2' }],
    detectedBy: { spec: appSpec, test: 'is refused twice in one application' },
  },
  {
    name: 'plain-boot-signal-lost',
    description: 'a signal that comes while the app starts is forgotten',
    patches: [
      {
        file: `${NEST}/app-shutdown.ts`,
        find: '    shutdown.endBy(running, this.boot.heard);\n    await never;\n',
        replace: '',
      },
    ],
    detectedBy: { spec: appSpec, test: 'ends in order at a signal that comes while it starts' },
  },
  {
    name: 'plain-failed-start-waits',
    description: 'an app whose start failed and was tried again ends only when the failed start is given up',
    patches: [
      {
        file: `${NEST}/app-shutdown.ts`,
        find: '    this.boot?.dispose();\n    this.process?.leave();\n    this.process =',
        replace: '    this.process =',
      },
    ],
    detectedBy: { spec: appSpec, test: 'ends in order where its start was tried again' },
  },
  {
    name: 'plain-unreached-drain',
    description: 'an app whose port is taken waits until load balancers send to it no more',
    patches: [
      {
        file: `${NEST}/app-shutdown.ts`,
        find: 'hasListened: () => !isAttached || servers.hasListened',
        replace: 'hasListened: () => isAttached || !servers.hasListened',
      },
    ],
    detectedBy: { spec: appSpec, test: 'ends without a drain delay and with 69 where its port is taken' },
  },
  {
    name: 'plain-upgraded-left',
    description: 'an upgraded connection is left open, and the end of the server waits for it',
    patches: [{ file: `${NEST}/http-servers.ts`, find: 'each.endUpgraded();', replace: 'void each;' }],
    detectedBy: { spec: appSpec, test: 'ends an upgraded one behind what was written' },
  },
  {
    name: 'upgraded-cut-early',
    description: 'upgraded connections end before the step in which a module hands their clients over',
    patches: [
      {
        file: `${NEST}/app-shutdown.ts`,
        find: 'cutConnections: () => servers.cut(),',
        replace: 'cutConnections: () => (servers.cut(), servers.endUpgraded()),',
      },
    ],
    detectedBy: { spec: appSpec, test: 'ends an upgraded one behind what was written' },
  },
  {
    name: 'plain-rejections-taken',
    description: 'a rejection that the app handles by a listener of its own ends the process',
    patches: [
      {
        file: `${NEST}/app-shutdown.ts`,
        find: "(['uncaughtException'] as const)",
        replace: "(['uncaughtException', 'unhandledRejection'] as const)",
      },
    ],
    detectedBy: { spec: appSpec, test: 'hears a rejection as Node raises it' },
  },
  {
    name: 'plain-announced-early',
    description: 'an application is found in the catalog before all its modules are ready',
    patches: [
      {
        file: `${DISCOVERY}/replica-registration.ts`,
        find: 'stepsOfProviders(this.providers.getProviders()).map(async (steps) => steps.firstReady?.())',
        replace: 'stepsOfProviders(this.providers.getProviders())',
      },
    ],
    detectedBy: {
      spec: `${DISCOVERY}/replica-registration.spec.ts`,
      test: 'waits for what says when it is ready',
    },
  },
  {
    name: 'plain-silent-catalog',
    description: 'the hooks of an application wait for a catalog that does not answer',
    patches: [
      {
        file: `${DISCOVERY}/replica-registration.ts`,
        find: 'withDeadline(this.withdraw(), WITHDRAW_MS)',
        replace: 'this.withdraw()',
      },
    ],
    detectedBy: {
      spec: `${DISCOVERY}/replica-registration.spec.ts`,
      test: 'closes also where the registry cannot be told: silent',
    },
  },
];
