import { parseArgs } from 'node:util';

export const USAGE = `usage: npx nestfleet init [--app NAME] [--redis] [--dry-run] [--yes]

Makes a NestJS app ready for several replicas: health checks, graceful shutdown, registration in Consul, a Dockerfile and a
service of Compose. Prints all changes first, and writes them once they are confirmed.

  --app NAME  the app, in a monorepo of the Nest CLI or of Nx
  --redis     a Redis beside it in Compose, and REDIS_URL
  --dry-run   prints the changes and ends
  --yes       writes without asking`;

export interface CommandLine {
  readonly app: string | undefined;
  readonly redis: boolean;
  readonly isDryRun: boolean;
  readonly isConfirmed: boolean;
}

/** What the words say; undefined where they ask for the usage. @throws where they are wrong */
export function readCommandLine(words: readonly string[]): CommandLine | undefined {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      app: { type: 'string' },
      redis: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      yes: { type: 'boolean', short: 'y', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  if (positionals.join(' ') !== 'init')
    throw new Error(positionals.length === 0 ? 'say what to do: init' : `there is no command ${positionals.join(' ')}`);
  return { app: values.app, redis: values.redis, isDryRun: values['dry-run'], isConfirmed: values.yes };
}
