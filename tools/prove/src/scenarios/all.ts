import type { Scenario } from '../runner/scenario.ts';
import { apiServerAway, nodeDrain, podDelete } from './cluster-faults.ts';
import { consulOutage } from './consul-outage.ts';
import { consulWipe } from './consul-wipe.ts';
import { history } from './history.ts';
import { layout } from './layout.ts';
import { keepAlive } from './keep-alive.ts';
import { killApi } from './kill-api.ts';
import { killGateway } from './kill-gateway.ts';
import { killWorker } from './kill-worker.ts';
import { gracefulShutdown } from './graceful-shutdown.ts';
import { outage } from './outage.ts';
import { poisonJob } from './poison-job.ts';
import { partition } from './partition.ts';
import { pauseApi } from './pause-api.ts';
import { payloadVersion } from './payload-version.ts';
import { powerLoss } from './power-loss.ts';
import { redisFull } from './redis-full.ts';
import { redisPause } from './redis-pause.ts';
import { redisRefusals } from './redis-refusals.ts';
import { reload } from './reload.ts';
import { restarts } from './restarts.ts';
import { rollAll } from './roll.ts';
import { scale } from './scale.ts';
import { slowApi } from './slow-api.ts';
import { slowClients } from './slow-clients.ts';
import {
  failoverPlanned,
  failoverUnplanned,
  redisKill,
  redisKillEverysec,
  redisRestart,
  redisRestartEverysec,
} from './store-faults.ts';
import { streams } from './streams.ts';

/** In the order in which they run: what a person changes, then what breaks, then what breaks for all. */
export const scenarios: readonly Scenario[] = [
  scale,
  rollAll,
  gracefulShutdown,
  podDelete,
  nodeDrain,
  reload,
  keepAlive,
  streams,
  slowClients,
  killApi,
  killGateway,
  restarts,
  pauseApi,
  slowApi,
  consulWipe,
  consulOutage,
  apiServerAway,
  outage,
  history,
  layout,
  redisPause,
  redisRestartEverysec,
  redisKillEverysec,
  redisRestart,
  redisKill,
  powerLoss,
  failoverPlanned,
  failoverUnplanned,
  partition,
  redisRefusals,
  redisFull,
  payloadVersion,
  poisonJob,
  killWorker,
];
