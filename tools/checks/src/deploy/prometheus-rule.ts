/** The alerts, as Prometheus itself reads them, and as the Prometheus operator does. */
export const ALERTS_FILE = 'deploy/prometheus/rules/nestfleet.yml';
export const PROMETHEUS_RULE_FILE = 'deploy/kubernetes/components/monitoring/prometheus-rule.yaml';

const HEAD = `# Made of deploy/prometheus/rules/nestfleet.yml by node tools/checks/src/generate.ts; do not edit it by hand.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: nestfleet
spec:
`;

/** makePrometheusRule puts the groups of a file of rules into a resource of the operator. What stands before them is about the file. */
export function makePrometheusRule(alerts: string): string {
  const at = alerts.search(/^groups:$/m);
  if (at === -1) throw new Error(`${ALERTS_FILE} has no groups`);
  const groups = alerts.slice(at).replaceAll(/^(?=.)/gm, '  ');
  return `${HEAD}${groups}`;
}
