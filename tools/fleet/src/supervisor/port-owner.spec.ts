import { describe, expect, it } from '@jest/globals';
import { parseLsof, parseSs } from './port-owner.ts';

describe('the owner of a port', () => {
  it('is read from ss', () => {
    const line = 'LISTEN 0 511 127.0.0.1:8080 0.0.0.0:* users:(("node",pid=123,fd=21),("node",pid=124,fd=3))\n';
    expect(parseSs(line)).toBe('123');
    expect(parseSs('LISTEN 0 511 127.0.0.1:8080 0.0.0.0:*\n')).toBeUndefined();
  });

  it('is read from lsof', () => {
    expect(parseLsof('p123\nf21\n')).toBe('123');
    expect(parseLsof('')).toBeUndefined();
  });
});
