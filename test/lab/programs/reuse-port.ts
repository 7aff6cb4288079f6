/**
 * One source port for many connections, each right after the other: ADDRESS PORT TIMES HOW. `reset`
 * ends each with a RST; `server-first` lets the server end it, so that only the far end remembers.
 * Prints how many got their answer.
 */
import { once } from 'node:events';
import { connect } from 'node:net';

const [host = '', port = '', times = '', how = ''] = process.argv.slice(2);
const localPort = 40_000;
let answered = 0;
for (let i = 0; i < Number(times); i++) {
  const socket = connect({ host, port: Number(port), localPort });
  socket.on('error', (error) => process.stderr.write(`connection ${i}: ${error.message}\n`));
  socket.once('data', () => answered++);
  socket.write('hello\n');
  await once(socket, how === 'reset' ? 'data' : 'end');
  if (how === 'reset') socket.resetAndDestroy();
  else socket.end();
  await once(socket, 'close');
}
process.stdout.write(`${answered}\n`);
