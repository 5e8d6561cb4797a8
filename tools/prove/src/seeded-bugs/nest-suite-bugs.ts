import type { SuiteBug } from './suite-bug.ts';

const ERRORS = 'libs/errors/src';
const STATE = 'libs/state/src';
const FILTER = `${ERRORS}/nest/coded-error.filter.ts`;
const STATE_MODULE = `${STATE}/nest/state.module.spec.ts`;

/** What the libs promise in a Nest application of others: answers to their errors, and modules that open and close what they give. */
export const nestBugs: readonly SuiteBug[] = [
  {
    name: 'status-lost',
    description: 'Nest finds no status on the errors of the libs and answers 500',
    patches: [{ file: `${ERRORS}/coded-error.ts`, find: 'return this.status;', replace: 'return 500;' }],
    detectedBy: { spec: `${ERRORS}/coded-error.spec.ts`, test: 'the client’s fault may be read' },
  },
  {
    name: 'words-told',
    description: 'the message of a 503, with the host of the store, goes to the client',
    patches: [{ file: FILTER, find: 'expose ? message : STATUS_CODES[status]', replace: 'message' }],
    detectedBy: { spec: `${ERRORS}/nest/coded-error.filter.spec.ts`, test: 'has with the filter its code too' },
  },
  {
    name: 'retry-after-lost',
    description: 'a 503 of the libs does not say when to try again',
    patches: [{ file: FILTER, find: 'if (retryAfterS !== undefined)', replace: 'if (retryAfterS === -1)' }],
    detectedBy: { spec: `${ERRORS}/nest/coded-error.filter.spec.ts`, test: 'has with the filter its code too' },
  },
  {
    name: 'errors-unfiltered',
    description: 'the module of the state brings no filter for its errors',
    patches: [
      {
        file: `${STATE}/nest/state.module-definition.ts`,
        find: 'errorFilter === false ? []',
        replace: 'errorFilter !== false ? []',
      },
    ],
    detectedBy: { spec: `${STATE}/nest/state.app.spec.ts`, test: 'is answered with its own status' },
  },
  {
    name: 'named-state-mixed-up',
    description: 'the parts of a named state are those of the one without a name',
    patches: [
      {
        file: `${STATE}/nest/state.module-definition.ts`,
        find: 'inject: [stateToken(name)],',
        replace: 'inject: [stateToken()],',
      },
    ],
    detectedBy: { spec: STATE_MODULE, test: 'tells two states by their names' },
  },
  {
    name: 'second-state-taken',
    description: 'two states without a name are taken, and modules get one or the other',
    patches: [{ file: `${ERRORS}/nest/registered-once.ts`, find: 'alike.length < 2', replace: 'alike.length < 3' }],
    detectedBy: { spec: STATE_MODULE, test: 'of two without a name the start is refused' },
  },
  {
    name: 'state-closed-early',
    description: 'the module closes the state while requests still use it',
    patches: [
      {
        file: `${STATE}/nest/state.owner.ts`,
        find: 'async onApplicationShutdown()',
        replace: 'async beforeApplicationShutdown()',
      },
    ],
    detectedBy: { spec: `${STATE}/nest/state.app.spec.ts`, test: 'is closed behind its last request' },
  },
  {
    name: 'feature-names-mixed-up',
    description: 'features of one application share what they name in windowed counters',
    patches: [
      {
        file: `${STATE}/feature-state.ts`,
        find: 'counters.addWithin(own + name, options)',
        replace: 'counters.addWithin(name, options)',
      },
    ],
    detectedBy: { spec: `${STATE}/feature-state.spec.ts`, test: 'a windowed counter of one feature is not that' },
  },
  {
    name: 'relay-left-running',
    description: 'the relay of an outbox sends on after its application has closed',
    patches: [
      {
        file: 'libs/outbox/src/nest/outbox.relay.ts',
        find: 'this.relay?.close(this.finishMs) ?? Promise.resolve()',
        replace: 'Promise.resolve()',
      },
    ],
    detectedBy: {
      spec: 'libs/outbox/src/nest/outbox.module.spec.ts',
      test: 'forRootAsync gives every module the outbox, and sends from the start',
    },
  },
  {
    name: 'ready-unnamed',
    description:
      'the readiness answer of an app does not say who it is, so that mass-loss protection cannot confirm it',
    patches: [
      {
        file: 'libs/service/src/nest/health-answers.ts',
        find: "{ status: 'ok', ...who }",
        replace: "{ status: 'ok', ...(who && {}) }",
      },
    ],
    detectedBy: { spec: 'libs/service/src/nest/shutdown.module.spec.ts', test: 'and says who it is' },
  },
];
