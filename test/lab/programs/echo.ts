/**
 * Small servers with plain manners, on every address of the namespace (ports in addresses.ts):
 * echo (TCP and UDP) answers with what it gets; count reads to the end, then answers with the number
 * of bytes; greet says a line, closes its half, and reads to the end; endless never stops sending;
 * reset answers with a few bytes and a RST.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';

import { ports, sites } from '../addresses.ts';

function serve(port: number, answer: (socket: Socket) => void): void {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    answer(socket);
  });
  server.listen({ port, host: '::', backlog: 4096 });
}

serve(ports.echo, (socket) => socket.pipe(socket));

serve(ports.count, (socket) => {
  let bytes = 0;
  socket.on('data', (chunk) => (bytes += chunk.length));
  socket.on('end', () => socket.end(`${bytes}\n`));
});

serve(ports.greet, (socket) => {
  socket.end('hello\n');
  let bytes = 0;
  socket.on('data', (chunk) => (bytes += chunk.length));
  socket.on('end', () => process.stdout.write(`greet read ${bytes}\n`));
});

serve(ports.endless, (socket) => {
  const chunk = Buffer.alloc(16_384, 'x');
  const fill = (): void => {
    while (socket.writable && socket.write(chunk));
  };
  socket.on('drain', fill);
  socket.resume();
  fill();
});

serve(ports.reset, (socket) => {
  socket.write('some bytes', () => setTimeout(() => socket.resetAndDestroy(), 50));
});

// One socket an address: a reply must come from the address that was asked.
for (const address of new Set(Object.values(sites).flat())) {
  const type = address.includes(':') ? 'udp6' : 'udp4';
  const udp = createSocket(type, (message, peer) => udp.send(message, peer.port, peer.address));
  udp.bind(ports.echo, address);
}
