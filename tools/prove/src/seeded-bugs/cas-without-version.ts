import type { SeededBug } from './seeded-bug.ts';

export const casWithoutVersion: SeededBug = {
  name: 'cas-without-version',
  description: 'a whole edit is stored whatever the version is that it was made from',
  app: 'api',
  patches: [
    {
      file: 'libs/state/src/sessions/change-session.lua',
      find: `if version ~= ARGV[1] then`,
      replace: `if false then`,
    },
    {
      file: 'libs/state/src/sessions/change-session.ts',
      find: `    if (!holds(asked, session.version)) throw`,
      replace: `    if (asked.only === undefined && !holds(asked, session.version)) throw`,
    },
  ],
  detectedBy: { scenario: 'history', fault: /edits of .* is lost.*does not find/ },
};
