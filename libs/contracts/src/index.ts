export {
  type FleetReplica,
  type FleetServer,
  type FleetState,
  type ReadyReport,
  fleetProcess,
  fleetReplica,
  fleetServer,
  fleetState,
  readyReport,
} from './fleet-state.ts';
export { DEADLINE_HEADER, FORWARDED_PREFIX_HEADER, REQUEST_ID_HEADER, SERVED_BY_HEADER } from './headers.ts';
export {
  type JobDescriptor,
  type JobName,
  demoJob,
  flakyJob,
  jobDescriptors,
  jobNames,
  primesJob,
} from './job-descriptors.ts';
export {
  type Enqueued,
  type Job,
  type JobList,
  type JobState,
  type ListJobsQuery,
  type PostJob,
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
export { QUICKSTART_PATHS, type Replay, type RouteRule, routeRules } from './routes.ts';
export {
  SERVICE_NAMES,
  type ServiceName,
  type Topology,
  type TopologyInstance,
  topology,
  topologyInstance,
} from './topology.ts';
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
