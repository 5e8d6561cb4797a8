import { describe, expect, it } from '@jest/globals';
import { isSelected } from './logs.ts';

describe('isSelected', () => {
  it.each([
    ['api-1', undefined, true],
    ['api-1', 'api', true],
    ['api-1', 'api-1', true],
    ['api-10', 'api-1', false],
    ['gateway-1', 'frontend-gateway', true],
    ['gateway-1', 'gateway', true],
    ['redis', 'redis', true],
    ['redis', 'api', false],
  ])('the log %s for the word %s: %s', (name, word, expected) => {
    expect(isSelected(name, word)).toBe(expected);
  });
});
