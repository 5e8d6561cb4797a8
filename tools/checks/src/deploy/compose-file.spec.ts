import { describe, expect, it } from '@jest/globals';
import { readCompose } from './compose-file.ts';

const files: Readonly<Record<string, string>> = {
  'deploy/base.yaml': `
x-all: &all { read_only: true, cap_drop: [ALL] }
services:
  api:
    <<: *all
    environment: [A=1, B=2]
    ports: ['1:1']
networks:
  inner: { internal: true }
  edge: {}
`,
  'deploy/over.yaml': `
services:
  api:
    environment: { B: three, C: 'true' }
    ports: ['2:2']
    networks: [inner]
  edge-proxy:
    extends: { file: parts/edge-proxy.yaml, service: edge-proxy }
    environment: { TOP: '1' }
    stop_grace_period: 20s
`,
  'deploy/parts/edge-proxy.yaml': `
services:
  edge-proxy:
    extends: common
    networks: { edge: {}, inner: { priority: 1 } }
    volumes: [{ type: bind, source: ./x, target: /x }, './y:/y']
  common:
    security_opt: [no-new-privileges]
    environment: { TOP: '0', LOW: '0' }
`,
};
const read = (file: string): string => {
  const text = files[file];
  if (text === undefined) throw new Error(`no ${file}`);
  return text;
};

describe('readCompose', () => {
  const { services, internal } = readCompose(read, ['deploy/base.yaml', 'deploy/over.yaml']);

  it('merges files as Compose does: mappings by key, lists one after the other', () => {
    expect(services.get('api')).toEqual(
      expect.objectContaining({
        environment: { A: '1', B: 'three', C: 'true' },
        ports: ['1:1', '2:2'],
        networks: ['inner'],
        readOnly: true,
        capDrop: ['ALL'],
      }),
    );
    expect(internal).toEqual(['inner']);
  });

  it('follows extends through files', () => {
    expect(services.get('edge-proxy')).toEqual(
      expect.objectContaining({
        environment: { TOP: '1', LOW: '0' },
        networks: ['edge', 'inner'],
        volumes: ['./x', './y:/y'],
        securityOpt: ['no-new-privileges'],
        stopGracePeriod: '20s',
      }),
    );
  });

  it('throws what is wrong with a file that is no YAML', () => {
    expect(() => readCompose(() => 'a: [', ['x.yaml'])).toThrow(/\[|flow|sequence/i);
  });
});
