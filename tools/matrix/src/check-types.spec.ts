import { describe, expect, it } from '@jest/globals';
import { ownFaults } from './check-types.ts';
import { RunFault } from './run.ts';

const ofApp = "src/app.module.ts(3,10): error TS2305: Module '@nestfleet/state' has no exported member 'x'.";
const ofOurs = 'node_modules/@nestfleet/jobs/dist/index.d.ts(1,1): error TS2307: Cannot find module.';
const ofOthers = 'node_modules/@types/express/index.d.ts(1,1): error TS2307: Cannot find module.';
const ofSettings = "error TS5023: Unknown compiler option '--modul'.";
const fault = (...lines: string[]) => new RunFault('tsc ended with 2', lines.join('\n'), {});

describe('ownFaults', () => {
  it('are those of the app, of our packages and of the settings', () => {
    expect(ownFaults(fault(ofApp, ofOthers, ofOurs, '  more words', ofSettings))).toEqual([ofApp, ofOurs, ofSettings]);
    expect(ownFaults(fault(ofOthers))).toEqual([]);
  });

  it('are unknown where the compiler did not get as far', () => {
    const crash = fault('Segmentation fault');
    expect(() => ownFaults(crash)).toThrow(crash);
  });
});
