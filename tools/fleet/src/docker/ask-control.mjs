// Runs inside a replica's container (`node -e`), because its control plane is on a network that others need not reach.
// Sends one message of @nestjs/microservices' TCP transport, and prints the packet that comes back.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const [pattern, instanceId] = process.argv.slice(1);
const { CONTROL_PORT, CONTROL_TOKEN_FILE = '', INNER_HOST } = process.env;
const data = { token: readFileSync(CONTROL_TOKEN_FILE, 'utf8').trim(), instance_id: instanceId };
const packet = JSON.stringify({ pattern, data, id: '1' });
/** @param {string} words */
const end = (words) => {
  process.stderr.write(words);
  process.exit(1);
};

const socket = connect(Number(CONTROL_PORT), INNER_HOST ?? '127.0.0.1');
let heard = '';
socket.setEncoding('utf8').setTimeout(5_000, () => end('gave no reply within 5 s'));
socket.on('error', (error) => end(error.message));
socket.on('close', () => end('closed the connection without a reply'));
socket.on('data', (more) => {
  heard += more;
  const mark = heard.indexOf('#');
  const size = Number(heard.slice(0, Math.max(0, mark)));
  const body = heard.slice(mark + 1, mark + 1 + size);
  if (mark >= 0 && body.length === size) process.stdout.write(body, () => process.exit(0));
});
socket.write(`${packet.length}#${packet}`);
