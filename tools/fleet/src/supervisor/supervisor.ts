import type { FleetState, ServiceName } from '@nestfleet/contracts';
import type { Caller } from '../control/server.ts';
import type { Order } from '../control/protocol.ts';
import { countsInWords, defaultCounts, endOrder, shortName, type Counts } from '../core/services.ts';
import { StackFault } from '../faults.ts';
import type { ProcessIdentity } from '../process/identity.ts';
import { wordsOf } from '../servers/errors.ts';
import type { StackPlace } from '../stack-place.ts';
import type { Bundles } from './bundles.ts';
import { checkDisk, diskFault, watchDisk } from './disk.ts';
import type { FrontDoor } from './front-door.ts';
import { fleetParts } from './parts.ts';
import type { KeptContext } from './kept-process.ts';
import { endOrphans } from './orphans.ts';
import type { Replicas } from './replicas.ts';
import type { Servers } from './servers.ts';
import type { SupervisorSettings } from './settings.ts';
import { openStateFile, readState, type StateFile } from './state-file.ts';

const DEFAULT_PORT = 8080;

type UpOrder = Extract<Order, { do: 'up' }>;

/** One fleet: its servers, its replicas and its front door, from `up` to `down`. */
export class Supervisor {
  private readonly place: StackPlace;
  private readonly settings: SupervisorSettings;
  private readonly self: ProcessIdentity;
  private readonly log: (line: string) => void;
  private readonly door: FrontDoor;
  private readonly bundles: Bundles;
  private readonly servers: Servers;
  private readonly replicas: Replicas;
  private readonly stateFile: StateFile;
  private readonly callers = new Set<Caller>();
  private isUp = false;
  private ending: Promise<void> | undefined;
  private writeFault: unknown;
  private turn: Promise<void> = Promise.resolve();

  constructor(place: StackPlace, settings: SupervisorSettings, self: ProcessIdentity, log: (line: string) => void) {
    this.place = place;
    this.settings = settings;
    this.self = self;
    this.log = log;
    this.stateFile = openStateFile(place.state);
    const context: KeptContext = {
      changed: () => this.writeState(),
      say: (line) => this.say(line),
      nowMs: () => Date.now(),
      random: () => Math.random(),
    };
    const parts = fleetParts(place, settings, context);
    this.servers = parts.servers;
    this.door = parts.door;
    this.bundles = parts.bundles;
    this.replicas = parts.replicas;
  }

  /** Orders run one after the other, but `down` at once. @throws StackFault */
  handle(order: Order, caller: Caller): Promise<void> {
    this.callers.add(caller);
    const done = order.do === 'down' ? this.end() : this.inTurn(() => this.run(order, caller));
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

  private async run(order: Exclude<Order, { do: 'down' }>, caller: Caller): Promise<void> {
    if (order.do === 'up') {
      await (this.isUp ? this.upAgain(order) : this.firstUp(order, caller));
      return;
    }
    if (!this.isUp) throw new StackFault('not_running', 'no fleet is up here: make up');
    if (order.do === 'scale') await this.scale({ ...this.replicas.counts, [order.service]: order.count });
    else if (order.do === 'reload') await this.reload();
    else if (order.do === 'restart') await this.restart(order.service);
    else if (!this.servers.has(order.name))
      throw new StackFault('bad_argument', `the ${order.name} of this fleet is run by somebody else`);
    else if (order.how === 'start') await this.servers.start(order.name);
    else await this.servers.stop(order.name, order.how);
  }

  private async firstUp({ counts: named, host, port = DEFAULT_PORT }: UpOrder, caller: Caller): Promise<void> {
    const counts = { ...defaultCounts, ...named };
    // Whoever gave up waiting (Ctrl-C) wants no half fleet.
    const abandoned = (): void => void this.end();
    caller.gone.addEventListener('abort', abandoned);
    const disk = watchDisk(this.place.dir);
    try {
      await Promise.race([this.bringUp(counts, host, port), disk.full]);
      this.isUp = true;
    } catch (fault) {
      const told = diskFault(this.place.dir, fault);
      this.log(`up failed: ${wordsOf(told)}`);
      await this.end();
      throw told;
    } finally {
      disk.stop();
      caller.gone.removeEventListener('abort', abandoned);
    }
  }

  private async bringUp(counts: Counts, host: string, port: number): Promise<void> {
    // Before anything is written: the state file is all that is known of them.
    await endOrphans(readState(this.place.state), (line) => this.say(line));
    checkDisk(this.place.dir);
    if (counts['frontend-gateway'] > 0) await this.door.ensureOpen(host, port);
    this.refuseWhenEnding();
    await this.servers.startAll();
    this.refuseWhenEnding();
    this.replicas.want(counts);
    await this.settle();
    if (this.writeFault !== undefined) throw this.writeFault;
  }

  private async upAgain({ counts, port, host, balancer }: UpOrder): Promise<void> {
    const { port: open } = this.door;
    if (balancer !== undefined && balancer !== this.settings.balancer)
      throw new StackFault('other_fleet', `the fleet is up with balancer ${this.settings.balancer}; make down first`);
    if (port !== undefined && port !== 0 && open !== undefined && open !== port)
      throw new StackFault('bad_argument', `the fleet is up on port ${open}; make down first to move it to ${port}`);
    await this.scale({ ...this.replicas.counts, ...counts }, host, port);
    const old = this.bundles.outdated(this.replicas.state());
    if (old.length > 0) this.say(`older than their build: ${old.join(', ')}; make restart takes the new one`);
  }

  private async reload(): Promise<void> {
    const { program } = this.door;
    if (program === undefined) throw new StackFault('bad_argument', 'here the gateways are the door: make restart');
    await program.reload();
    this.say('HAProxy has a new worker');
  }

  /** One replica after the other. The first new one that does not get ready ends it; the old ones stay. */
  private async restart(service: ServiceName): Promise<void> {
    this.log(`restart: ${shortName(service)}`);
    this.replicas.restart(service);
    try {
      await this.settle();
    } catch (fault) {
      if (this.ending === undefined) {
        this.say('stopping here: the replicas that are not replaced yet stay');
        this.replicas.stopRestart();
        await this.replicas.settled().catch((later: unknown) => this.log(wordsOf(later)));
      }
      throw fault;
    }
  }

  /** What cannot be reached is taken back: the fleet stays what it was. */
  private async scale(counts: Counts, host = '127.0.0.1', port = DEFAULT_PORT): Promise<void> {
    const before = this.replicas.counts;
    this.log(`wanted: ${countsInWords(counts)}`);
    if (counts['frontend-gateway'] > 0) await this.door.ensureOpen(host, port);
    this.replicas.want(counts);
    try {
      await this.settle();
    } catch (fault) {
      if (this.ending === undefined) {
        this.say('taking back what did not get ready');
        this.replicas.want(before);
        await this.replicas.settled().catch((later: unknown) => this.log(wordsOf(later)));
      }
      throw fault;
    }
  }

  private async settle(): Promise<void> {
    await this.replicas.settled();
    this.refuseWhenEnding();
    if (this.replicas.counts['frontend-gateway'] === 0) await this.door.close();
    else await this.door.checkAnswers(this.replicas.counts);
    this.writeState();
  }

  get isEnding(): boolean {
    return this.ending !== undefined;
  }

  /** Front door, api, workers, Consul, Redis: each has what it needs as long as it runs. Safe to call twice. */
  end(): Promise<void> {
    this.ending ??= this.endAll();
    return this.ending;
  }

  private async endAll(): Promise<void> {
    const closing = this.door.close();
    const hadServers = this.servers.state().length > 0;
    await closing;
    for (const service of endOrder) {
      const count = this.replicas.count(service);
      if (count > 0) this.say(`${count} ${shortName(service)} leaving`);
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
    this.door.program?.kill();
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
      public_url: this.door.url,
      servers: [...this.servers.state(), ...(this.door.program?.state() ?? [])],
      replicas: this.replicas.state(),
    };
  }

  private writeState(): void {
    try {
      this.stateFile.write(this.state());
      this.writeFault = undefined;
    } catch (fault) {
      this.writeFault = fault;
      this.log(`cannot write ${this.place.state}: ${wordsOf(fault)}`);
    }
  }
}
