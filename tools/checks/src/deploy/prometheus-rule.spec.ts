import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { makePrometheusRule } from './prometheus-rule.ts';

const alerts = `# Of the file.
groups:
  - name: nestfleet
    rules:
      - alert: One
        expr: |
          a > 1

          and b
`;

describe('makePrometheusRule', () => {
  it('has the groups of the file, with what their texts mean', () => {
    const made = parse(makePrometheusRule(alerts)) as { kind: string; spec: unknown };
    expect(made).toMatchObject({ kind: 'PrometheusRule', metadata: { name: 'nestfleet' } });
    expect(made.spec).toEqual(parse(alerts));
  });

  it('refuses a file without groups', () => {
    expect(() => makePrometheusRule('rules: []\n')).toThrow('has no groups');
  });
});
