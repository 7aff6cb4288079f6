/**
 * Asks the DHCP server of an interface for its resolvers, beside the system's own client: a
 * DHCPDISCOVER that nobody follows up takes no address. Owns its sockets until it resolves.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { ServerFailure } from '../servers/server.ts';
import { buildDiscover, readOffer } from './message.ts';

const CLIENT_PORT = 68;
const SERVER_PORT = 67;
const EVERYBODY = '255.255.255.255';
const RESEND_MS = 1000;

/** IPv4 addresses. Rejects with `ServerFailure`, or with the signal's reason. */
export async function askDhcp(interfaceName: string, signal: AbortSignal): Promise<string[]> {
  const own = networkInterfaces()[interfaceName]?.find(({ family }) => family === 'IPv4');
  if (own === undefined) {
    throw new ServerFailure('no-route', `the interface ${interfaceName} has no IPv4 address`);
  }
  const transaction = randomBytes(4).readUInt32BE(0);
  const mac = Buffer.from(own.mac.replaceAll(':', ''), 'hex');
  // The kernel sends what goes to everybody by the interface of its source address. Answers to
  // everybody come to sockets of any address alone.
  const sender = createSocket({ type: 'udp4', reuseAddr: true });
  const listener = createSocket({ type: 'udp4', reuseAddr: true });
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  let timer: NodeJS.Timeout | undefined;
  try {
    signal.throwIfAborted();
    const onMessage = (message: Buffer): void => {
      const servers = readOffer(message, transaction, mac);
      if (servers !== null && servers.length > 0) resolve(servers);
    };
    for (const socket of [listener, sender]) socket.on('message', onMessage).on('error', reject);
    await Promise.all([bind(listener, '0.0.0.0'), bind(sender, own.address)]);
    sender.setBroadcast(true);
    const discover = buildDiscover(transaction, mac);
    const send = (): void => {
      sender.send(discover, SERVER_PORT, EVERYBODY);
      // Two clients that begin together shall not go on together.
      timer = setTimeout(send, RESEND_MS + randomInt(RESEND_MS));
    };
    send();
    return await promise;
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    const reason = `cannot ask the DHCP server: ${(cause as Error).message}`;
    throw new ServerFailure('unreachable', reason, { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    sender.close();
    listener.close();
  }
}

function bind(socket: Socket, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(CLIENT_PORT, address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}
