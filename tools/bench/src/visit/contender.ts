// One of those that are measured, run by `startContender`: reports its port to its parent and ends with it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ContenderOrder, SID, sidOf } from './contenders.ts';
import { type Count, bodyOf, countingOf } from './counting.ts';
import { listenNest } from './nest-app.ts';

async function listenPlain(count: Count): Promise<number> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const counted = await count(sidOf(request.headers.cookie));
    const body = JSON.stringify(bodyOf(counted));
    const headers: Record<string, string | number> = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    if (counted.sid !== undefined) headers['set-cookie'] = `${SID}=${counted.sid}; Path=/; HttpOnly`;
    response.writeHead(200, headers).end(body);
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

const order = JSON.parse(process.argv[2] ?? '{}') as ContenderOrder;
const count = await countingOf(order);
const port = await (order.contender === 'seed' ? listenPlain(count) : listenNest(count));
process.on('disconnect', () => process.exit(0));
process.send?.({ port });
