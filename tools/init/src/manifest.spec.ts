import { describe, expect, it } from '@jest/globals';
import { editManifest, readManifest } from './manifest.ts';

const edit = (text: string, loadsEsmInJest = false) =>
  editManifest(readManifest('package.json', text), { dependencies: { '@nestfleet/service': '0.1.0' }, loadsEsmInJest });

describe('editManifest', () => {
  it('puts packages where they sort, and keeps the indentation and the end', () => {
    expect(edit('{\n\t"dependencies": {\n\t\t"@a/b": "1",\n\t\t"zod": "4"\n\t}\n}')).toBe(
      '{\n\t"dependencies": {\n\t\t"@a/b": "1",\n\t\t"@nestfleet/service": "0.1.0",\n\t\t"zod": "4"\n\t}\n}',
    );
    expect(edit('{\r\n  "name": "a"\r\n}\r\n')).toBe(
      '{\r\n  "name": "a",\r\n  "dependencies": {\r\n    "@nestfleet/service": "0.1.0"\r\n  }\r\n}\r\n',
    );
  });

  it('leaves a version that is there, and a text that lacks nothing', () => {
    const text = '{ "devDependencies": {"@nestfleet/service": "^0.0.9"} }\n';
    expect(edit(text)).toBe(text);
  });

  it('lets scripts that start Jest load packages of ESM', () => {
    const scripts = { test: 'jest', 'test:e2e': 'jest --config ./test/jest-e2e.json', lint: 'eslint jest' };
    const { scripts: written } = JSON.parse(edit(JSON.stringify({ scripts }, null, 2), true)) as { scripts: unknown };
    const jest = 'node --experimental-vm-modules ./node_modules/jest/bin/jest.js';
    expect(written).toEqual({ test: jest, 'test:e2e': `${jest} --config ./test/jest-e2e.json`, lint: 'eslint jest' });
  });

  it('is refused where the text is no JSON', () => {
    expect(() => edit('{')).toThrow('package.json cannot be read');
    expect(() => edit('[]')).toThrow('package.json holds no object');
    expect(() => edit('{ "a": call() }')).toThrow('package.json cannot be read');
  });
});
