import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { FleetState, ServiceName } from '@nestfleet/contracts';
import type { Caller } from '../control/server.ts';
import type { ControlRequest } from '../control/protocol.ts';
import { formatCounts, defaultCounts, endOrder, shortName, type Counts } from '../core/services.ts';
import { StackFault } from '../core/faults.ts';
import type { ProcessIdentity } from '../process/identity.ts';
import { messageOf } from '../servers/errors.ts';
import type { StackPaths } from '../core/stack-paths.ts';
import type { Bundles } from './bundles.ts';
import { checkDisk, diskFault, watchDisk } from './disk.ts';
import type { EdgeProxy } from './edge-proxy.ts';
import { fleetParts } from './parts.ts';
import type { ProcessContext } from './managed-process.ts';
import { endOrphans } from './orphans.ts';
import type { Replicas } from './replicas.ts';
import type { Servers } from './servers.ts';
import type { SupervisorSettings } from '../core/supervisor-settings.ts';
import { openStateFile, readState, type StateFile } from './state-file.ts';

const DEFAULT_PORT = 8080;

function removeContents(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
}

type UpRequest = Extract<ControlRequest, { do: 'up' }>;

/** Supervisor owns one fleet, its servers, its replicas and its edge proxy, from `up` to `down`. */
export class Supervisor {
  private readonly paths: StackPaths;
  private readonly settings: SupervisorSettings;
  private readonly self: ProcessIdentity;
  private readonly log: (line: string) => void;
  private readonly edgeProxy: EdgeProxy;
  private readonly bundles: Bundles;
  private readonly servers: Servers;
  private readonly replicas: Replicas;
  private readonly stateFile: StateFile;
  private readonly callers = new Set<Caller>();
  private isUp = false;
  private ending: Promise<void> | undefined;
  private writeFault: unknown;
  private turn: Promise<void> = Promise.resolve();
  private orphans: Promise<unknown> | undefined;
  private references = 0;
  private linger = new AbortController();

  constructor(paths: StackPaths, settings: SupervisorSettings, self: ProcessIdentity, log: (line: string) => void) {
    this.paths = paths;
    this.settings = settings;
    this.self = self;
    this.log = log;
    this.stateFile = openStateFile(paths.state);
    const context: ProcessContext = {
      changed: () => this.writeState(),
      say: (line) => this.say(line),
      nowMs: () => Date.now(),
      random: () => Math.random(),
    };
    const parts = fleetParts(paths, settings, context);
    this.servers = parts.servers;
    this.edgeProxy = parts.edgeProxy;
    this.bundles = parts.bundles;
    this.replicas = parts.replicas;
  }

  /** Requests run one after the other, but `down` at once. @throws StackFault */
  handle(request: ControlRequest, caller: Caller): Promise<void> {
    this.callers.add(caller);
    const done =
      request.do === 'down'
        ? this.end()
        : request.do === 'acquire'
          ? this.acquire(request.linger_ms, caller)
          : this.inTurn(() => this.run(request, caller));
    return done.finally(() => this.callers.delete(caller));
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.turn.then(() => {
      this.refuseWhenEnding();
      return work();
    });
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async run(request: Exclude<ControlRequest, { do: 'down' | 'acquire' }>, caller: Caller): Promise<void> {
    if (!this.settings.isFleet)
      throw new StackFault(
        'other_fleet',
        `servers of nx serve or of a test run have ${this.paths.dir}: end these first`,
      );
    if (request.do === 'up') {
      await (this.isUp ? this.upAgain(request) : this.firstUp(request, caller));
      return;
    }
    if (!this.isUp) throw new StackFault('not_running', 'no fleet is up here: make up');
    if (request.do === 'scale') await this.scale({ ...this.replicas.counts, [request.service]: request.count });
    else if (request.do === 'reload') await this.reload();
    else if (request.do === 'restart') await this.restart(request.service);
    else if (!this.servers.has(request.name))
      throw new StackFault('bad_argument', `the ${request.name} of this fleet is run by somebody else`);
    else if (request.how === 'start') await this.servers.start(request.name);
    else await this.servers.stop(request.name, request.how);
  }

  /** Without a fleet the servers run for those who hold a reference: the last one gone, they stay for `lingerMs`. */
  private async acquire(lingerMs: number, caller: Caller): Promise<void> {
    if (this.settings.isFleet) throw new StackFault('other_fleet', `the fleet of ${this.paths.dir} has this folder`);
    this.references += 1;
    this.linger.abort();
    try {
      await this.inTurn(() => this.startServers());
      const { redis: redis_url, consul: consul_http_addr } = this.addresses();
      caller.acquired({ ...(redis_url && { redis_url }), ...(consul_http_addr && { consul_http_addr }) });
      if (!caller.gone.aborted) await once(caller.gone, 'abort');
    } finally {
      this.references -= 1;
      if (this.references === 0) await this.endAfter(lingerMs);
    }
  }

  private async endAfter(lingerMs: number): Promise<void> {
    const { signal } = (this.linger = new AbortController());
    await pause(lingerMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await this.end();
  }

  private addresses(): { readonly redis?: string; readonly consul?: string } {
    return Object.fromEntries(this.servers.state().map(({ name, url }) => [name, url]));
  }

  private async startServers(): Promise<void> {
    await this.endOrphans();
    checkDisk(this.paths.dir);
    // What is registered there belongs to processes that are gone.
    if (this.servers.state().length === 0) removeContents(this.paths.consul);
    await this.servers.startAll();
    this.refuseWhenEnding();
  }

  /** Once, and before anything is written: the state file is all that is known of them. */
  private endOrphans(): Promise<unknown> {
    return (this.orphans ??= endOrphans(readState(this.paths.state), (line) => this.say(line)));
  }

  private async firstUp({ counts: named, host, port = DEFAULT_PORT }: UpRequest, caller: Caller): Promise<void> {
    const counts = { ...defaultCounts, ...named };
    // Whoever gave up waiting (Ctrl-C) wants no half fleet.
    const abandoned = (): void => void this.end();
    caller.gone.addEventListener('abort', abandoned);
    const disk = watchDisk(this.paths.dir);
    try {
      await Promise.race([this.bringUp(counts, host, port), disk.full]);
      this.isUp = true;
    } catch (fault) {
      const reported = diskFault(this.paths.dir, fault);
      this.log(`up failed: ${messageOf(reported)}`);
      await this.end();
      throw reported;
    } finally {
      disk.stop();
      caller.gone.removeEventListener('abort', abandoned);
    }
  }

  private async bringUp(counts: Counts, host: string, port: number): Promise<void> {
    await this.endOrphans();
    checkDisk(this.paths.dir);
    if (counts['frontend-gateway'] > 0) await this.edgeProxy.ensureOpen(host, port);
    this.refuseWhenEnding();
    await this.servers.startAll();
    this.refuseWhenEnding();
    this.replicas.setDesired(counts);
    await this.settle();
    if (this.writeFault !== undefined) throw this.writeFault;
  }

  private async upAgain({ counts, port, host, balancer }: UpRequest): Promise<void> {
    const { port: open } = this.edgeProxy;
    if (balancer !== undefined && balancer !== this.settings.balancer)
      throw new StackFault('other_fleet', `the fleet is up with balancer ${this.settings.balancer}; make down first`);
    if (port !== undefined && port !== 0 && open !== undefined && open !== port)
      throw new StackFault('bad_argument', `the fleet is up on port ${open}; make down first to move it to ${port}`);
    await this.scale({ ...this.replicas.counts, ...counts }, host, port);
    const old = this.bundles.outdated(this.replicas.state());
    if (old.length > 0) this.say(`older than their build: ${old.join(', ')}; make restart takes the new one`);
  }

  private async reload(): Promise<void> {
    const { program } = this.edgeProxy;
    if (program === undefined)
      throw new StackFault('bad_argument', 'here the gateways are the edge proxy: make restart');
    await program.reload();
    this.say('HAProxy has a new worker');
  }

  /** Rolling restart. The first new replica that does not get ready ends it; the old ones stay. */
  private async restart(service: ServiceName): Promise<void> {
    this.log(`restart: ${shortName(service)}`);
    this.replicas.restart(service);
    try {
      await this.settle();
    } catch (fault) {
      if (this.ending === undefined) {
        this.say('stopping here: the replicas that are not replaced yet stay');
        this.replicas.stopRestart();
        await this.replicas.settled().catch((later: unknown) => this.log(messageOf(later)));
      }
      throw fault;
    }
  }

  /** A desired state that cannot be reached is rolled back: the fleet stays what it was. */
  private async scale(counts: Counts, host = '127.0.0.1', port = DEFAULT_PORT): Promise<void> {
    const before = this.replicas.counts;
    this.log(`desired: ${formatCounts(counts)}`);
    if (counts['frontend-gateway'] > 0) await this.edgeProxy.ensureOpen(host, port);
    this.replicas.setDesired(counts);
    try {
      await this.settle();
    } catch (fault) {
      if (this.ending === undefined) {
        this.say('rolling back what did not get ready');
        this.replicas.setDesired(before);
        await this.replicas.settled().catch((later: unknown) => this.log(messageOf(later)));
      }
      throw fault;
    }
  }

  private async settle(): Promise<void> {
    await this.replicas.settled();
    this.refuseWhenEnding();
    if (this.replicas.counts['frontend-gateway'] === 0) await this.edgeProxy.close();
    else await this.edgeProxy.checkAnswers(this.replicas.counts);
    this.writeState();
  }

  get isEnding(): boolean {
    return this.ending !== undefined;
  }

  /** Edge proxy, api, workers, Consul, Redis: each has what it needs as long as it runs. Idempotent. */
  end(): Promise<void> {
    this.ending ??= this.endAll();
    return this.ending;
  }

  private async endAll(): Promise<void> {
    const closing = this.edgeProxy.close();
    const hadServers = this.servers.state().length > 0;
    await closing;
    for (const service of endOrder) {
      const count = this.replicas.count(service);
      if (count > 0) this.say(`${count} ${shortName(service)} shutting down`);
      await this.replicas.endAll(service);
    }
    await this.servers.stopAll();
    this.stateFile.remove();
    if (hadServers) this.say('all has ended');
  }

  /** The hard way, for a second signal. */
  kill(): void {
    this.replicas.killAll();
    this.servers.killAll();
    this.edgeProxy.program?.kill();
  }

  private refuseWhenEnding(): void {
    if (this.ending !== undefined) throw new StackFault('busy', 'the fleet is being stopped');
  }

  private say(line: string): void {
    this.log(line);
    for (const caller of this.callers) caller.say(line);
  }

  private state(): FleetState {
    return {
      schema: 1,
      supervisor: { pid: this.self.pid, started_at_ms: this.self.startedAtMs },
      namespace: this.settings.namespace,
      public_url: this.edgeProxy.url,
      servers: [...this.servers.state(), ...(this.edgeProxy.program?.state() ?? [])],
      replicas: this.replicas.state(),
    };
  }

  private writeState(): void {
    try {
      this.stateFile.write(this.state());
      this.writeFault = undefined;
    } catch (fault) {
      this.writeFault = fault;
      this.log(`cannot write ${this.paths.state}: ${messageOf(fault)}`);
    }
  }
}
