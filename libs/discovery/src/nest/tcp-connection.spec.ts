import { expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ClientTCP, JsonSocket } from '@nestjs/microservices';
import { createTcpConnection } from './tcp-connection.ts';

/** The address of its peer is never found, so its connect neither succeeds nor fails, as where packets vanish. */
class HangingSocket extends JsonSocket {
  override connect(port: number, host: string): this {
    this.netSocket.connect({ port, host, lookup: () => undefined });
    return this;
  }
}

it('gives up a connection that does not come about, long before the time of the message is over', async () => {
  Logger.overrideLogger(false);
  const client = new ClientTCP({ host: 'nowhere.test', port: 1, socketClass: HangingSocket });
  const connection = createTcpConnection(client, 50, () => undefined);
  await expect(connection.send('echo', 1, AbortSignal.timeout(10_000))).rejects.toMatchObject({
    code: 'ERR_SOCKET_CONNECTION_TIMEOUT',
  });
  connection.retire();
});
