import type { Rule } from '../rule.ts';
import { apiReports } from './api-reports.ts';
import { bannedCode } from './banned-code.ts';
import { bannedNames } from './banned-names.ts';
import { bannedWords } from './banned-words.ts';
import { codeBlocks } from './code-blocks.ts';
import { deploy } from './deploy.ts';
import { entryPoints } from './entry-points.ts';
import { folderCycles } from './folder-cycles.ts';
import { environment, openapi, serviceRegions, traefikLabels } from './generated.ts';
import { imports } from './import-rules.ts';
import { installScripts } from './install-scripts.ts';
import { licences } from './licences.ts';
import { lockFileRule } from './lock-file.ts';
import { lua } from './lua.ts';
import { problemPages } from './problem-pages.ts';
import { packageSizes } from './package-sizes.ts';
import { metrics } from './metrics.ts';
import { projects } from './projects.ts';
import { text } from './text.ts';
import { unused } from './unused.ts';
import { versions } from './versions.ts';

/** Every rule of the repository that is a program. A spec sees to it that each has a fixture that breaks it. */
export const allRules: readonly Rule[] = [
  bannedNames,
  bannedWords,
  bannedCode,
  text,
  codeBlocks,
  problemPages,
  projects,
  imports,
  folderCycles,
  entryPoints,
  unused,
  versions,
  lockFileRule,
  installScripts,
  licences,
  openapi,
  apiReports,
  packageSizes,
  environment,
  traefikLabels,
  serviceRegions,
  lua,
  deploy,
  metrics,
];
