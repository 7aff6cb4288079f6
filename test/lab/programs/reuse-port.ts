/**
 * One source port for many connections, each right after the other: ADDRESS PORT TIMES HOW. `reset`
 * ends each with a RST; `server-first` lets the server end it, so that only the far end remembers.
 * Prints how many got their answer.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [host = '', port = '', times = '', how = ''] = process.argv.slice(2);
/** Outside the range that the kernel gives to others, some of which may be in TIME_WAIT. */
const localPort = 999;
let answered = 0;
for (let i = 0; i < Number(times); i++) {
  const socket = await open();
  socket.once('data', () => answered++);
  socket.write('hello\n');
  await once(socket, how === 'reset' ? 'data' : 'end');
  if (how === 'reset') socket.resetAndDestroy();
  else socket.end();
  await once(socket, 'close');
}
process.stdout.write(`${answered}\n`);

/** The port is ours again as soon as the last FIN of the connection before was acknowledged. */
async function open(): Promise<Socket> {
  for (;;) {
    const socket = connect({ host, port: Number(port), localPort });
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') throw error;
      await sleep(1);
    }
  }
}
