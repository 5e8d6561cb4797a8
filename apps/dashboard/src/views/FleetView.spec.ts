import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DOMWrapper, type VueWrapper, mount } from '@vue/test-utils';
import { type ManualClock, manualClock } from '../../test/manual-clock.ts';
import { type DemoBackend, createDemoBackend } from '../backends/demo.ts';
import { type Fleet, createFleet } from '../state/fleet.ts';
import FleetView from './FleetView.vue';

let clock: ManualClock;
let backend: DemoBackend;
let fleet: Fleet;
let page: VueWrapper;

beforeEach(async () => {
  clock = manualClock();
  backend = createDemoBackend(clock);
  const visibility = { hidden: () => false, subscribe: () => () => undefined };
  fleet = createFleet({ backend, clock, visibility, newKey: () => `key-${clock.random()}` });
  page = mount(FleetView, { props: { fleet }, attachTo: document.body });
  await clock.advance(100);
});
afterEach(() => {
  fleet?.dispose();
  page.unmount();
});

const find = (testId: string): DOMWrapper<Element> => page.find(`[data-testid="${testId}"]`);
const text = (testId: string): string => find(testId).text();

describe('a demo', () => {
  it('says plainly that no fleet is asked, and is never called live', () => {
    expect(text('demo')).toContain('no fleet is asked');
    expect(text('status')).toBe('Demo');
  });

  it('says so of itself: a page over a fleet does not', async () => {
    const visibility = { hidden: () => false, subscribe: () => () => undefined };
    const real = createFleet({ backend: { ...backend, isDemo: false }, clock, visibility, newKey: () => 'key' });
    const other = mount(FleetView, { props: { fleet: real } });
    await clock.advance(100);
    expect(other.find('[data-testid="demo"]').exists()).toBe(false);
    expect(other.find('[data-testid="status"]').text()).toBe('Live');
    real.dispose();
    other.unmount();
  });
});

describe('FleetView', () => {
  it('shows who served and what the counters say, and that it changes', async () => {
    expect(text('served-by')).toMatch(/^api-[123]$/);
    expect(text('session-count')).toBe('1');

    await clock.advance(15_000);
    expect(text('session-count')).toBe('11');
    expect(Number(text('global-count'))).toBeGreaterThan(48_000);
    const bars = page.findAll('[data-testid="share-bar"]').map((bar) => bar.attributes('data-replica'));
    expect(bars).toEqual(['api-1', 'api-2', 'api-3']);
  });

  it('stops counting when paused and goes on when resumed', async () => {
    await find('pause-toggle').trigger('click');
    expect(text('pause-toggle')).toBe('Resume');
    await clock.advance(10_000);
    expect(text('session-count')).toBe('1');
    expect(text('status')).toBe('Paused');

    await find('pause-toggle').trigger('click');
    await clock.advance(100);
    expect(text('session-count')).toBe('2');
  });

  it('enqueues what was typed and shows its result', async () => {
    await find('job-input').setValue('paint the fence');
    await page.find('form').trigger('submit');
    await clock.advance(100);
    expect(find('job-row').attributes('data-state')).toBe('waiting');

    await clock.advance(3_000);
    expect(find('job-row').attributes('data-state')).toBe('completed');
    expect(text('job-row')).toContain('paint the fence');
    expect(text('job-row')).toMatch(/worker-[12]/);
    expect(page.find('[role="status"]').text()).toContain('completed');
  });

  it('offers the inputs of each kind of job', async () => {
    await page.find('input[type="radio"][value="primes"]').setValue();
    await find('job-input').setValue('100');
    await page.find('form').trigger('submit');
    await clock.advance(3_000);

    expect(text('job-row')).toContain('25 primes below 100');
  });

  it('says what is wrong with an input and sends nothing', async () => {
    await find('job-input').setValue('');
    await page.find('form').trigger('submit');
    await clock.advance(100);

    expect(page.findAll('[role="alert"]').some((alert) => alert.text() !== '')).toBe(true);
    expect(find('job-row').exists()).toBe(false);
  });

  it('sets and gets a value and names both replicas', async () => {
    await find('value-key').setValue('size');
    await find('value-value').setValue('xl');
    await find('value-set').trigger('submit');
    await clock.advance(50);
    expect(text('value-result')).toMatch(/Written\s+through api-\d , version 1|Written\s+through api-\d, version 1/);
    await find('value-get').trigger('click');
    await clock.advance(50);
    expect(text('value-result')).toMatch(/Read\s+through api-\d/);
    expect(text('value-result')).toContain('size = xl');
  });

  it('shows every instance with its health', () => {
    const tiles = page.findAll('[data-testid="topology-instance"]');

    expect(tiles.map((tile) => tile.attributes('data-instance'))).toEqual(
      expect.arrayContaining(['api-1', 'api-2', 'api-3', 'gateway-1', 'worker-1', 'worker-2']),
    );
    expect(tiles.every((tile) => tile.attributes('data-health') === 'passing')).toBe(true);
  });

  it('shows a service of any name, and how to add a replica', async () => {
    const asked = backend.topology();
    await clock.advance(50);
    const answer = await asked;
    const [api] = answer.body.services;
    backend.topology = async () => ({ ...answer, body: { services: [{ ...api!, name: 'billing' }] } });
    await clock.advance(4_000);
    const billing = page.findAll('[data-testid="topology-service"]').at(-1)?.text();
    expect(billing).toContain('3 of 3 passing');
    expect(billing).toContain('make scale SERVICE=billing N=4');
  });

  it('says on its tile who has ejected an instance, why and for how long', async () => {
    expect(find('topology-ejection').exists()).toBe(false);
    backend.eject('api-2', clock.nowMs() + 12_000);
    await clock.advance(4_000);
    const tiles = page.findAll('[data-testid="topology-instance"]').filter((tile) => tile.text().includes('ejected'));
    expect(tiles.map((tile) => tile.attributes('data-instance'))).toEqual(['api-2']);
    expect(text('topology-ejection')).toMatch(/^ejected by gateway-1: 5 errors in a row, \d+ s left$/);
  });

  it('names the problem while Redis is unavailable, keeps the counts, and clears it alone', async () => {
    expect(find('problem-banner').exists()).toBe(false);
    backend.setRedisDown(true);
    await clock.advance(4_000);
    expect(text('problem-banner')).toContain('redis_unavailable');
    expect(text('problem-banner')).toContain('503');
    expect(text('session-count')).toBe('1');

    backend.setRedisDown(false);
    await clock.advance(12_000);
    expect(find('problem-banner').exists()).toBe(false);
    expect(Number(text('session-count'))).toBeGreaterThan(1);
  });
});
