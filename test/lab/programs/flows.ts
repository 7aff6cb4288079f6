/**
 * Opens many connections to an echo server and keeps them: ADDRESS PORT COUNT BUSY. Each says one
 * line when it opens; BUSY of them go on doing so once a second. Prints "open COUNT" when all are
 * open, then each second how many answers came, and ends with its input.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

const [address = '', port = '', count = '', busy = ''] = process.argv.slice(2);
const connecting = 100;
const message = Buffer.alloc(64, 'm');
const sockets: Socket[] = [];
let begun = 0;
let answers = 0;

function fail(why: string): never {
  process.stdout.write(`failed ${why} with ${sockets.length} open\n`);
  process.exit(1);
}

function openNext(): void {
  if (begun === Number(count)) return;
  begun++;
  const socket = connect({ host: address, port: Number(port), noDelay: true });
  socket.on('error', (error) => fail(error.message));
  socket.on('close', () => fail('a connection was closed'));
  socket.once('data', () => {
    sockets.push(socket);
    socket.on('data', () => answers++);
    if (sockets.length === Number(count)) work();
    openNext();
  });
  socket.write(message);
}

/** Spreads the messages of a second over it. */
function work(): void {
  process.stdout.write(`open ${count}\n`);
  const slices = 100;
  let slice = 0;
  setInterval(() => {
    for (let i = slice; i < Number(busy); i += slices) sockets[i]?.write(message);
    slice = (slice + 1) % slices;
    if (slice !== 0) return;
    process.stdout.write(`answers ${answers}\n`);
    answers = 0;
  }, 1000 / slices);
}

let openedBefore = -1;
setInterval(() => {
  if (sockets.length === openedBefore && openedBefore < Number(count)) fail('no progress');
  openedBefore = sockets.length;
}, 10_000);

process.stdin.resume().on('end', () => process.exit(0));
for (let i = 0; i < connecting; i++) openNext();
