import { describe, expect, it } from '@jest/globals';
import { scenarios } from '../scenarios/all.ts';
import { provedBugs } from '../seeded-bugs/proved-bugs.ts';
import { detectionOf } from './detect.ts';

describe('a detection', () => {
  const bug = { name: 'b', detectedBy: { scenario: 'history', fault: /lost/ } };
  it('is over when a fault names the bug', () =>
    expect(detectionOf(bug, ['other', 'an edit is lost'])).toMatchObject({
      bug: 'b',
      isDetected: true,
      evidence: 'an edit is lost',
    }));
  it('has missed it when the run failed for another reason, or did not fail', () => {
    expect(detectionOf(bug, ['no fleet'])).toMatchObject({
      isDetected: false,
      evidence: 'not detected; seen: no fleet',
    });
    expect(detectionOf(bug, [])).toMatchObject({ isDetected: false, evidence: 'not detected; seen: no fault' });
  });
});

it.each(provedBugs.map(({ name, detectedBy }) => [name, detectedBy.scenario]))(
  'the seeded bug %s is looked for by the scenario %s',
  (_name, scenario) => expect(scenarios.map(({ name }) => name)).toContain(scenario),
);
