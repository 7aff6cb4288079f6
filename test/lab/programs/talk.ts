/**
 * A TCP client with a plan: ADDRESS PORT PLAN. Prints what it read and how reading ended, as JSON
 * (TalkResult in clients.ts). half-close: says a megabyte, closes its half, reads on; answer-after-end:
 * reads to the end, then says a megabyte; read: only reads; write: says more and more.
 */
import { connect } from 'node:net';

const [host = '', port = '', plan = ''] = process.argv.slice(2);
const megabyte = Buffer.alloc(1_000_000, 'm');
const socket = connect({ host, port: Number(port), allowHalfOpen: true });

let bytes = 0;
let text = '';
let ending = 'end';
socket.on('data', (chunk: Buffer) => {
  bytes += chunk.length;
  if (text.length < 100) text = (text + chunk.toString('latin1')).slice(0, 100);
});
socket.on('error', (error: NodeJS.ErrnoException) => (ending = error.code ?? error.message));
socket.on('end', () => {
  if (plan === 'answer-after-end') socket.write(megabyte);
  socket.end();
});
socket.on('close', () => process.stdout.write(JSON.stringify({ bytes, text, ending })));
socket.on('connect', () => {
  if (plan === 'half-close') socket.end(megabyte);
  if (plan === 'write') writeOn();
});

function writeOn(): void {
  while (socket.writable && socket.write(megabyte));
}
if (plan === 'write') socket.on('drain', writeOn);
