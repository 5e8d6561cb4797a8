import { describe, expect, it } from '@jest/globals';
import { type ServerReport, durabilityRisks } from './durability.ts';

const safe = {
  maxmemory_policy: 'noeviction',
  aof_enabled: '1',
  aof_last_write_status: 'ok',
  rdb_last_bgsave_status: 'ok',
  role: 'master',
  connected_slaves: '1',
};
const report = (fields: object, more: Partial<ServerReport> = {}): ServerReport => ({
  info: ['# Server', ...Object.entries({ ...safe, ...fields }).map(([name, value]) => `${name}:${value}`)].join('\r\n'),
  save: '',
  appendfsync: 'everysec',
  expectsReplica: false,
  ...more,
});
const risks = (...given: Parameters<typeof report>) => durabilityRisks(report(...given)).map(({ risk }) => risk);

describe('durabilityRisks', () => {
  it('reports nothing of a server that keeps what it acknowledged', () => expect(risks({})).toEqual([]));

  it.each(['allkeys-lru', 'volatile-ttl', 'allkeys-random'])('reports %s', (policy) => {
    expect(durabilityRisks(report({ maxmemory_policy: policy }))).toEqual([
      { risk: 'evicts', message: expect.stringMatching(new RegExp(`${policy}.*noeviction`)) },
    ]);
  });

  it.each([
    ['', /loses everything;/],
    ['3600 1', /since the last snapshot/],
    [undefined, /at least everything since the last snapshot/],
  ])('reports what is lost without an append-only file when save is %p', (save, message) => {
    expect(durabilityRisks(report({ aof_enabled: '0' }, { save, appendfsync: 'no' }))).toEqual([
      { risk: 'no_append_only_file', message: expect.stringMatching(message) },
    ]);
  });

  it('reports a kernel that writes when it likes, where the user may ask', () => {
    expect(risks({}, { appendfsync: 'no' })).toEqual(['fsync_left_to_kernel']);
    expect(risks({}, { appendfsync: undefined })).toEqual([]);
  });

  it('reports a disk that does not take what is written', () => {
    expect(risks({ aof_last_write_status: 'err' })).toEqual(['disk_fault']);
    expect(risks({ rdb_last_bgsave_status: 'err' })).toEqual(['disk_fault']);
  });

  it('reports a primary without a replica where there should be one', () => {
    expect(risks({ connected_slaves: '0' })).toEqual([]);
    expect(risks({ connected_slaves: '0' }, { expectsReplica: true })).toEqual(['no_replica']);
    expect(risks({ connected_slaves: '0', role: 'slave' }, { expectsReplica: true })).toEqual([]);
  });

  it('says nothing where INFO says nothing', () => {
    expect(durabilityRisks({ info: '', expectsReplica: true })).toEqual([]);
  });
});
