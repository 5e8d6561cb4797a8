import { infoFields } from './info-fields.ts';

/** DurabilityRisk is a way in which this Redis may lose acknowledged writes, with a message for its operator. */
export interface DurabilityRisk {
  readonly risk: 'evicts' | 'no_append_only_file' | 'fsync_left_to_kernel' | 'disk_fault' | 'no_replica';
  readonly message: string;
}

/** ServerReport is what a server reports of itself. */
export interface ServerReport {
  /** The reply of INFO. */
  readonly info: string;
  /** Replies of CONFIG GET; undefined where the user may not ask. */
  readonly save?: string | undefined;
  readonly appendfsync?: string | undefined;
  /** It is one of several, of which another should take over when it dies. */
  readonly expectsReplica: boolean;
}

export function durabilityRisks({ info, save, appendfsync, expectsReplica }: ServerReport): DurabilityRisk[] {
  const fields = infoFields(info);
  const policy = fields.get('maxmemory_policy') ?? 'noeviction';
  const appends = fields.get('aof_enabled') !== '0';
  const risks: (DurabilityRisk | false)[] = [
    policy !== 'noeviction' && {
      risk: 'evicts',
      message: `maxmemory-policy is ${policy}: when memory is full, sessions, values and jobs vanish in silence; set noeviction`,
    },
    !appends && {
      risk: 'no_append_only_file',
      message: `${withoutAppending(save)}; set appendonly yes`,
    },
    appends &&
      appendfsync === 'no' && {
        risk: 'fsync_left_to_kernel',
        message:
          'appendfsync is no: a crash of the machine loses what the kernel had not written yet, 30 s of it; set everysec',
      },
    [fields.get('aof_last_write_status'), fields.get('rdb_last_bgsave_status')].includes('err') && {
      risk: 'disk_fault',
      message: 'its last write to the disk failed: a restart loses what came since',
    },
    expectsReplica &&
      fields.get('role') === 'master' &&
      fields.get('connected_slaves') === '0' && {
        risk: 'no_replica',
        message: 'the primary has no replica: when it dies, nobody takes over',
      },
  ];
  return risks.filter((risk) => risk !== false);
}

function withoutAppending(save: string | undefined): string {
  if (save === '') return 'neither appendonly nor save is set: a restart loses everything';
  if (save === undefined) return 'appendonly is no: a crash loses at least everything since the last snapshot';
  return 'appendonly is no: a crash loses everything since the last snapshot';
}
