/** One datagram with a query, and the one that answers it: for captured sessions and `dns.listen` alike. */
import type { Answering } from './dns-stream.ts';
import type { ClientInfo } from './exchange.ts';

/** `send` gets the reply, if there is one, now or later; its bytes are `send`'s until it returns. */
export function serveDnsDatagram(
  service: Answering,
  message: Buffer,
  client: ClientInfo,
  send: (reply: Buffer) => void,
): void {
  const answered = service.answer(message, client);
  if (answered instanceof Promise) void answered.then(send);
  else if (answered !== null) send(answered);
}
