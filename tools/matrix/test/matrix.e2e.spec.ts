import { describe, expect, it } from '@jest/globals';
import { diagonal, nameOf } from '../src/cells.ts';
import { registryAnswers } from '../src/npm.ts';
import { runCell } from '../src/run-cell.ts';
import { steps } from '../src/steps.ts';
import { packedLibs } from '../src/tarballs.ts';

const TIMEOUT_MS = 900_000;

const redisUrl = process.env['REDIS_URL'];
if (redisUrl === undefined) console.warn('REDIS_URL NOT SET: THE PACKED LIBS ARE NOT INSTALLED IN NEST APPS');
const hasRegistry = await registryAnswers();
if (!hasRegistry) console.warn('NO REGISTRY OF NPM ANSWERS: THE PACKED LIBS ARE NOT INSTALLED IN NEST APPS');
const isPossible = redisUrl !== undefined && hasRegistry;
const matrix = isPossible || process.env['CI'] !== undefined ? describe : describe.skip;

matrix('the packed libs in an app of the Nest CLI', () => {
  it.each(diagonal.map((cell) => [nameOf(cell), cell] as const))(
    '%s: install, types, boot, first requests, SIGTERM under load',
    async (_name, cell) => {
      const result = await runCell(cell, redisUrl ?? '');
      expect(result.steps.filter(({ words }) => words === undefined)).toEqual([]);
      expect(result.steps.map(({ name }) => name)).toEqual(steps.map(({ name }) => name));
      // With Express the page of all modules in one app is there, and the README of the service, which is for Fastify, is not.
      expect(result.steps).toContainEqual({ name: 'nodenext', words: `${packedLibs().length} examples` });
    },
    TIMEOUT_MS,
  );
});
