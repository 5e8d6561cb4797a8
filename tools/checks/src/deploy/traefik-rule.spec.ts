import { describe, expect, it } from '@jest/globals';
import { matchesRule } from './traefik-rule.ts';

const request = { method: 'GET', host: 'api.x', path: '/values/a' };

describe('matchesRule', () => {
  it.each([
    ['Host(`api.x`)', true],
    ['Host(`app.x`)', false],
    ['Path(`/values`)', false],
    ['PathPrefix(`/values/`)', true],
    ['PathRegexp(`^/values/[^/]+$`)', true],
    ['PathRegexp(`^/values/(a|b)$`)', true],
    ['Host(`api.x`) && Method(`PUT`) || Path(`/values/a`)', true],
    ['Host(`api.x`) && (Method(`PUT`) || Path(`/b`))', false],
    ['(Method(`GET`) || Method(`HEAD`)) && (Path(`/b`) || Path(`/values/a`))', true],
    ['Path(`/b`) || Path(`/c`) && Host(`api.x`)', false],
  ])('%s: %s', (rule, holds) => {
    expect(matchesRule(rule, request)).toBe(holds);
  });

  it.each(['', 'Host(`x`', 'Query(`a`)', 'Host(`x`) &&', '(Host(`x`)', 'Host(`x`) Host(`y`)'])('refuses %j', (rule) => {
    expect(() => matchesRule(rule, request)).toThrow(/cannot be read|a parenthesis is open/);
  });
});
