import { describe, expect, it } from '@jest/globals';
import { type RoutingLook, oneDefinition, routesStay } from './routing.ts';

const tagsOf = (rule: string): string[] => ['traefik.enable=true', `traefik.http.routers.api.rule=${rule}`, 'other'];
const look = (...rules: (string | undefined)[]): RoutingLook => ({
  atMs: 7,
  entries: rules.map((rule, at) => ({
    instanceId: `api-${at}-1`,
    passing: rule !== undefined,
    tags: tagsOf(rule ?? 'Path(`/draining`)'),
  })),
});

describe('one definition', () => {
  it('holds for replicas that say the same, and ignores those that are shutting down', () =>
    expect(oneDefinition([look('Path(`/`)', 'Path(`/`)', undefined)])).toMatchObject({ holds: true }));
  it('finds two, and who says the other one', () => {
    const { holds, faults } = oneDefinition([look('Path(`/`)'), look('Path(`/`)', 'Path(`/x`)')]);
    expect({ holds, said: faults.join() }).toEqual({
      holds: false,
      said: expect.stringMatching(/routers\.api\.rule is "Path\(`\/`\)" and, by api-1-1, "Path\(`\/x`\)" at 7 ms/),
    });
  });
});

describe('routes stay', () => {
  it('holds while one passing replica says them', () =>
    expect(routesStay([look('a', 'a'), look(undefined, 'a')])).toMatchObject({ holds: true }));
  it('finds a look without them', () =>
    expect(routesStay([look('a'), look(undefined)]).faults).toEqual(['api at 7 ms']));
  it.each([
    ['no look', []],
    ['none from the beginning', [look(undefined)]],
  ])('does not hold for %s', (_, looks) => expect(routesStay(looks)).toMatchObject({ holds: false }));
});
