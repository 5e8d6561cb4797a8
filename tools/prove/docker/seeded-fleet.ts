import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SERVICE_NAMES } from '@nestfleet/contracts';
import { freePort } from '@nestfleet/redis/testing';
import { TEST_DOMAIN } from '../src/driver/fleet-options.ts';
import { composeDriver } from '../src/driver/compose-driver.ts';
import { EdgeProxy } from '../src/client/edge-proxy.ts';
import type { Row } from '../src/conformance/row.ts';
import { type RowResult, runRow } from '../src/conformance/run-rows.ts';
import { openSubject } from '../src/conformance/subject.ts';
import { docker, output } from '../src/driver/docker.ts';
import { DockerSandbox } from './engine.ts';

const root = resolve(import.meta.dirname, '../../..');

/** A change to one of HAProxy's files, by exact text; a patch that does not fit is a fault of the test. */
export interface ConfigPatch {
  readonly file: 'edge-proxy.cfg' | 'docker.cfg';
  readonly from: string;
  readonly to: string;
}

/** A fleet behind HAProxy whose edge proxy can be started again with a fault in its files. */
export class SeededFleet {
  readonly sandbox = new DockerSandbox();
  private readonly folder = mkdtempSync(join(tmpdir(), 'nestfleet-seeded-'));
  private readonly overlay = join(this.folder, 'compose.seeded.yaml');
  private port = 0;

  get project(): string {
    return this.sandbox.id;
  }

  async up(): Promise<void> {
    this.port = await freePort();
    for (const app of SERVICE_NAMES) await this.sandbox.build(app);
    await output('sh', ['deploy/make-secrets.sh'], this.env);
    this.write([]);
    const scale = ['--scale', 'api=3', '--scale', 'worker=1'];
    await this.compose('up', '--detach', '--no-build', '--wait', ...scale);
  }

  /** The edge proxy alone, again, with these faults in it. */
  async seed(...patches: readonly ConfigPatch[]): Promise<void> {
    this.write(patches);
    await this.compose('up', '--detach', '--no-build', '--no-deps', '--force-recreate', '--wait', 'edge-proxy');
  }

  async run(row: Row): Promise<RowResult> {
    const { subject, close } = this.subject();
    try {
      return await runRow(row, subject);
    } finally {
      await close();
    }
  }

  async container(service: string): Promise<string> {
    return (await this.compose('ps', '--quiet', service)).split('\n')[0] ?? '';
  }

  async dispose(): Promise<void> {
    await this.compose('down', '--volumes', '--timeout', '1').catch(() => undefined);
    await this.sandbox.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Puts a container of the inner network onto the outer one too, or takes it away from there. */
  outerNetwork(order: 'connect' | 'disconnect', container: string): Promise<string> {
    return docker('network', order, `${this.project}_edge`, container);
  }

  private subject() {
    const driver = composeDriver({
      project: this.project,
      edgeService: 'edge-proxy',
      make: async () => Promise.reject(new Error('this fleet stays as it is')),
      dispose: () => this.dispose(),
    });
    return openSubject(new EdgeProxy(`http://127.0.0.1:${this.port}`, TEST_DOMAIN), driver, { isCi: true });
  }

  private write(patches: readonly ConfigPatch[]): void {
    const files = join(this.folder, 'haproxy');
    rmSync(files, { recursive: true, force: true });
    mkdirSync(files);
    cpSync(join(root, 'deploy/haproxy'), files, { recursive: true });
    for (const { file, from, to } of patches) {
      const text = readFileSync(join(files, file), 'utf8');
      if (!text.includes(from)) throw new Error(`deploy/haproxy/${file} has no "${from}"`);
      writeFileSync(join(files, file), text.replaceAll(from, to));
    }
    const service = { services: { 'edge-proxy': { volumes: [`${files}:/etc/edge-proxy:ro`] } } };
    writeFileSync(this.overlay, `# Adds a fault to the edge proxy.\n${JSON.stringify(service)}\n`);
  }

  private get env(): NodeJS.ProcessEnv {
    return {
      SECRETS_DIR: join(this.folder, 'secrets'),
      NESTFLEET_TAG: this.sandbox.id,
      DOMAIN: TEST_DOMAIN,
      PORT: String(this.port),
      DIAGNOSTIC_ROUTES: 'true',
    };
  }

  private compose(...order: readonly string[]): Promise<string> {
    const files = ['deploy/compose.yaml', 'deploy/compose.haproxy.yaml', this.overlay].flatMap((file) => ['-f', file]);
    return output('docker', ['compose', '-p', this.project, ...files, ...order], this.env);
  }
}
