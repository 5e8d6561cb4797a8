/**
 * The API contract, schema-first: one zod schema per resource, from which types, validation, OpenAPI and clients follow.
 * Beside it the retry policy of each route, job descriptors and the messages of the control plane.
 */
export {
  CONTROL_PATTERNS,
  type ControlAction,
  type ControlChange,
  type ControlDescription,
  type ControlPhase,
  type ControlRefusal,
  type ControlReport,
  type ControlRequest,
  type EjectedInstance,
  type UpstreamView,
  controlChange,
  controlDescription,
  controlPhase,
  controlRefusal,
  controlReport,
  controlRequest,
  ejectedInstance,
  upstreamView,
} from './control.ts';
export {
  type Counter,
  type CounterQuery,
  type PostCounter,
  counter,
  counterName,
  counterQuery,
  postCounter,
} from './counters.ts';
export {
  type ArrivedHeaders,
  BYTES_MAX,
  type BytesQuery,
  type BytesReceipt,
  type StreamEvent,
  type StreamQuery,
  type WaitQuery,
  type Waited,
  arrivedHeaders,
  bytesQuery,
  bytesReceipt,
  patternBlocks,
  streamEvent,
  streamQuery,
  waitQuery,
  waited,
} from './diagnostics.ts';
export {
  type ContainerFleet,
  type ContainerReplica,
  type ContainerServer,
  type FleetReplica,
  type FleetServer,
  type FleetState,
  type ReadyReport,
  containerFleet,
  containerReplica,
  containerServer,
  fleetProcess,
  fleetReplica,
  fleetServer,
  fleetState,
  readyReport,
} from './fleet-state.ts';
export {
  DEADLINE_HEADER,
  FORWARDED_PREFIX_HEADER,
  IDEMPOTENCY_KEY_HEADER,
  IDEMPOTENCY_REPLAYED_HEADER,
  OVERLOADED_HEADER,
  RATE_LIMIT_HEADER,
  RATE_LIMIT_POLICY_HEADER,
  REQUEST_ID_HEADER,
  SERVED_BY_HEADER,
} from './headers.ts';
export { type JobBounds, type JobDescriptor, type Upcaster, upcaster } from './job-descriptor.ts';
export { type JobName, demoJob, flakyJob, jobDescriptors, jobNames, primesJob } from './job-descriptors.ts';
export {
  type Enqueued,
  type Job,
  type JobList,
  type JobState,
  type ListJobsQuery,
  type PostJob,
  documentedJob,
  documentedJobList,
  enqueued,
  enqueueQuery,
  job,
  jobId,
  jobList,
  jobState,
  listJobsQuery,
  postJob,
} from './jobs.ts';
export { PROBLEM_MEDIA_TYPE, type Problem, problem } from './problem.ts';
export {
  connectFailure,
  idempotent,
  type RetryPolicy,
  type RouteRule,
  withIdempotencyKey,
  withIfMatch,
} from './routes.ts';
export {
  byLongestPrefix,
  declarationOf,
  DOCS_PATH,
  HEALTH_PATHS,
  type Ingress,
  METRICS_PATH,
  OPENAPI_PATH,
  operationalRoutes,
  type RoutedService,
  routedServices,
  SERVICE_NAMES,
  type ServiceDeclaration,
  type ServiceName,
  services,
  variableOf,
} from './services.ts';
export { type PatchSession, type Session, patchSession, session } from './sessions.ts';
export { errorOf, messageOf } from './thrown.ts';
export { type Topology, type TopologyInstance, topology, topologyInstance } from './topology.ts';
export {
  type GetReply,
  type ListValuesQuery,
  type PutValue,
  type SetReply,
  type StoredValue,
  type ValueList,
  VALUE_LENGTH_MAX,
  getQuery,
  getReply,
  listValuesQuery,
  putValue,
  setQuery,
  setReply,
  storedValue,
  ttlMs,
  valueKey,
  valueList,
  valueText,
} from './values.ts';
export { type Visit, visit } from './visits.ts';
export {
  DATA_PATTERN,
  type DataReply,
  type GatewayWhoami,
  type Whoami,
  dataReply,
  gatewayWhoami,
  whoami,
} from './whoami.ts';
export { wholeNumber, wholeNumberIn } from './whole-number.ts';
