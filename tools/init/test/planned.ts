import { type PlanOptions, planInit } from '../src/plan.ts';
import { folderOf, readArchive, withFiles } from './generated-apps.ts';

export const single = readArchive('nest11-express');
export const monorepo = readArchive('nest11-monorepo');
export const nx = readArchive('nx-nest11');

/** What is planned for the app of these files. */
export const plan = (files: ReadonlyMap<string, string>, options: Partial<PlanOptions> = {}) => {
  const { changes, notes, app } = planInit(folderOf(files), { redis: false, version: '0.1.0', ...options });
  return { app, notes, written: new Map(changes.map(({ path, after }) => [path, after])) };
};
/** The files once it is written. */
export const after = (files: ReadonlyMap<string, string>, options?: Partial<PlanOptions>) =>
  new Map([...files, ...plan(files, options).written]);
/** The same files, one of them with some words for others. */
export const edited = (files: ReadonlyMap<string, string>, path: string, from: string, to: string) =>
  withFiles(files, { [path]: files.get(path)?.replace(from, to) ?? '' });
