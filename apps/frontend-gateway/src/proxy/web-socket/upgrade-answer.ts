import type { IncomingMessage } from 'node:http';
import { checkFieldText, headersOf, UnfitAnswer } from '../answer-head.ts';
import { answerHeaders } from '../forward-headers.ts';

/**
 * switchingHead is the head of a 101, as the replica sent it but for the headers of its connection. What it changed to is told to the client,
 * so it has to be what the client asked for.
 * @throws UnfitAnswer
 */
export function switchingHead(answer: IncomingMessage): string {
  const { upgrade = '' } = answer.headers;
  if (upgrade.toLowerCase() !== 'websocket') throw new UnfitAnswer(`a change to ${JSON.stringify(upgrade)}`);
  const headers = answerHeaders(101, headersOf(answer.rawHeaders));
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((each) => `${name}: ${checkFieldText(each)}\r\n`),
  );
  return `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${lines.join('')}\r\n`;
}
