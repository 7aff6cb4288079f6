/** Real clients on loopback: what each sends first, before it was answered anything. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Runs the command that `commandFor` gives for a port, and gives the first bytes that arrive there. */
export async function firstBytesOf(
  commandFor: (port: number) => readonly [string, ...string[]],
): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [command, ...args] = commandFor((server.address() as AddressInfo).port);
  const client = spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore'] });
  try {
    const socket = await Promise.race([
      once(server, 'connection').then(([connection]) => connection as Socket),
      once(client, 'exit').then(() => Promise.reject(new Error(`${command} did not connect`))),
    ]);
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return bytes;
  } finally {
    client.kill();
    server.close();
  }
}
