import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ip = (...args: string[]): Promise<unknown> => run('ip', args);

/** A network of its own, one hop away, that packets come out of or not. Linux, root and `ip` (iproute2) only. */
export interface NetNamespace {
  /** Address inside, as seen from here. */
  host: string;
  /** Address here, as seen from inside. */
  near: string;
  /** A program that runs the given one inside. */
  wrap(program: string): Promise<string>;
  /** From now on everything that is sent inside vanishes without a word, answers to new connections too. */
  swallow(): Promise<void>;
  release(): Promise<void>;
  close(): Promise<void>;
}

/** Why there can be none here; undefined where there can. */
export async function netNamespaceObstacle(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'NOT ROOT ON LINUX';
  return ip('netns', 'list').then(
    () => undefined,
    () => 'IP NETNS DOES NOT WORK HERE',
  );
}

export async function openNetNamespace(): Promise<NetNamespace> {
  const tag = randomInt(0x10000).toString(16);
  const name = `nf-${tag}`;
  const [near, far] = [`nf${tag}a`, `nf${tag}b`];
  // 198.18.0.0/15 is set aside for tests of networks; a /30 of it holds the two ends.
  const net = `198.${18 + randomInt(2)}.${randomInt(256)}`;
  const first = randomInt(63) * 4;
  const [here, host] = [`${net}.${first + 1}`, `${net}.${first + 2}`];
  const dir = await mkdtemp(join(tmpdir(), 'nestfleet-netns-'));
  const inside = (...args: string[]): Promise<unknown> => ip('-n', name, ...args);
  const close = async (): Promise<void> => {
    await ip('netns', 'del', name).catch(() => undefined);
    await ip('link', 'del', near).catch(() => undefined);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await ip('netns', 'add', name);
    await ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name);
    await ip('addr', 'add', `${here}/30`, 'dev', near);
    await ip('link', 'set', near, 'up');
    await inside('addr', 'add', `${host}/30`, 'dev', far);
    await inside('link', 'set', far, 'up');
    await inside('link', 'set', 'lo', 'up');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    host,
    near: here,
    async wrap(program) {
      const path = join(dir, 'inside');
      await writeFile(path, `#!/bin/sh\nexec ip netns exec ${name} '${program}' "$@"\n`);
      await chmod(path, 0o755);
      return path;
    },
    swallow: async () => void (await inside('route', 'add', 'blackhole', `${here}/32`)),
    release: async () => void (await inside('route', 'del', 'blackhole', `${here}/32`)),
    close,
  };
}
