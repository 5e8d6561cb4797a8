import type { PlantedBug } from './planted-bug.ts';

export const casWithoutVersion: PlantedBug = {
  name: 'cas-without-version',
  mistake: 'a whole edit is stored whatever the version is that it was made from',
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
  foundBy: { scenario: 'history', fault: /edits of .* is lost.*does not find/ },
};
