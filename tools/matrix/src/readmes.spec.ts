import { describe, expect, it } from '@jest/globals';
import { packagesIn } from './readmes.ts';

describe('packagesIn', () => {
  it('names each package once, and no module of Node', () => {
    const code = [
      "import 'reflect-metadata';",
      "import { setTimeout as sleep } from 'node:timers/promises';",
      "import { openState } from '@nestfleet/state';",
      "import { StateModule } from '@nestfleet/state/nest';",
      "import session from 'express-session';",
      "const text = 'import x from y';",
    ].join('\n');
    expect(packagesIn(code)).toEqual(['reflect-metadata', '@nestfleet/state', 'express-session']);
  });
});
