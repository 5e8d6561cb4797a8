import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { attempt } from '../src/driver/docker.ts';

const prometheus = resolve(import.meta.dirname, '../../../deploy/prometheus');
const isThere = await attempt('promtool', ['--version']).then(
  ({ code }) => code === 0,
  () => false,
);
if (!isThere && process.env['CI']) throw new Error('PROMTOOL IS NOT HERE');
if (!isThere) console.warn('PROMTOOL IS NOT HERE: THE ALERTS ARE NOT TESTED (Debian: apt-get install prometheus)');

const promtool = async (...order: readonly string[]): Promise<{ code: number; said: string }> => {
  const { code, out, err } = await attempt('promtool', order);
  return { code, said: `${out}${err}` };
};

(isThere ? describe : describe.skip)('promtool', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'nestfleet-promtool-'));
  afterAll(() => rmSync(scratch, { recursive: true }));

  it('finds no fault in the alert rules', async () => {
    const { code, said } = await promtool('check', 'rules', '--lint=all', join(prometheus, 'rules/nestfleet.yml'));
    expect({ code, said }).toEqual({ code: 0, said: expect.stringMatching(/SUCCESS: \d+ rules found/) });
  });

  it('sees them fire when somebody is to be called, and not beside it', async () => {
    const { code, said } = await promtool('test', 'rules', join(prometheus, 'tests/alerts.yml'));
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('SUCCESS') });
  });

  it('reads the configuration', async () => {
    interface Config {
      rule_files: string[];
      scrape_configs: { job_name: string; consul_sd_configs?: { server: string }[]; http_sd_configs?: object[] }[];
    }
    const config = parse(readFileSync(join(prometheus, 'prometheus.yml'), 'utf8')) as Config;
    expect(config.scrape_configs.find((job) => job.job_name === 'nestfleet')?.consul_sd_configs).toEqual([
      { server: 'consul:8500', refresh_interval: '5s' },
    ]);
    config.rule_files = [join(prometheus, 'rules/*.yml')];
    const path = join(scratch, 'prometheus.yml');
    const check = (): Promise<{ code: number; said: string }> => {
      writeFileSync(path, stringify(config));
      return promtool('check', 'config', path);
    };
    let { code, said } = await check();
    // Debian's build knows no Consul: then all else is checked around a source of targets that it knows.
    if (code !== 0 && said.includes('consul_sd_configs not found')) {
      console.warn('THIS PROMTOOL IS BUILT WITHOUT CONSUL: ITS PART OF THE CONFIGURATION IS NOT CHECKED');
      for (const job of config.scrape_configs) {
        if (!job.consul_sd_configs) continue;
        delete job.consul_sd_configs;
        job.http_sd_configs = [{ url: 'http://consul:8500' }];
      }
      ({ code, said } = await check());
    }
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('is valid') });
  });
});
