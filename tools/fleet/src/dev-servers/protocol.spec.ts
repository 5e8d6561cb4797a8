import { describe, expect, it } from '@jest/globals';
import { devServersPaths } from './paths.ts';
import { readReply, readRequest } from './protocol.ts';

describe('messages', () => {
  it('are taken by their known fields', () => {
    expect(readRequest('{"redis":"/bin/redis-server","more":1}')).toEqual({ redis: '/bin/redis-server' });
    expect(readReply('{}')).toEqual({});
  });

  it.each(['7', 'null', '{"redis":7}', 'no json'])('are refused when they are %s', (line) => {
    expect(() => readRequest(line)).toThrow(/no object|not an object|no text|JSON/);
  });
});

describe('devServersPaths', () => {
  it('gives each folder a socket of its own, the same each time', () => {
    expect(devServersPaths('/a/.stack/dev').socket).toBe(devServersPaths('/a/.stack/dev').socket);
    expect(devServersPaths('/a/.stack/dev').socket).not.toBe(devServersPaths('/b/.stack/dev').socket);
  });

  it('keeps the socket path short enough for the kernel, however long the folders are', () => {
    const { socket, endpoint } = devServersPaths(`/${'deep/'.repeat(60)}`, `/${'tmp/'.repeat(40)}`);
    expect(socket.length).toBeLessThanOrEqual(100);
    expect(endpoint.length).toBeGreaterThan(200);
  });
});
