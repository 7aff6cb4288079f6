/** HTTP proxies: a tunnel by CONNECT, with basic authentication and headers of the user's. */
import type { HttpConfig } from '../config/config.ts';
import { quote } from '../../rules/text.ts';
import type { Attempt } from './attempt.ts';
import {
  MAX_HEAD_BYTES,
  connectRequest,
  endOfHead,
  headerBlock,
  parseHead,
  refusalOf,
} from './http-connect.ts';
import type { Reply } from './http-connect.ts';
import type { ProxyProtocol } from './proxy-upstream.ts';
import type { Wire } from './wire.ts';

/** Interim replies before the one that counts; more is nonsense. */
const MAX_INTERIM_REPLIES = 8;

export function httpProtocol(
  config: Pick<HttpConfig, 'username' | 'password' | 'headers'>,
): ProxyProtocol {
  const block = headerBlock(config.headers, config.username, config.password);
  return {
    type: 'Http',
    label: 'HTTP CONNECT',
    async connect(wire, target, attempt) {
      wire.send(connectRequest(target, block));
      const reply = await finalReply(wire, attempt);
      // RFC 9110 section 9.3.6: any 2xx opens the tunnel, right after the empty line.
      if (reply.status >= 200 && reply.status < 300) return;
      const { code, failure, advice } = refusalOf(reply);
      const words = reply.reason === '' ? '' : ` ${quote(reply.reason)}`;
      throw attempt.error(code, failure, `the proxy says: ${reply.status}${words}`, advice);
    },
  };
}

/** RFC 9110 section 15.2: any number of 1xx replies may come before. */
async function finalReply(wire: Wire, attempt: Attempt): Promise<Reply> {
  for (let interim = 0; interim <= MAX_INTERIM_REPLIES; interim++) {
    const head = await wire.takeUntil(endOfHead, MAX_HEAD_BYTES, () =>
      attempt.protocolError(`the proxy's reply head is longer than ${MAX_HEAD_BYTES} bytes`),
    );
    const reply = parseHead(head);
    if (reply === null) throw attempt.protocolError('the proxy does not answer in HTTP');
    if (reply.status >= 200) return reply;
  }
  throw attempt.protocolError('the proxy sends interim replies only');
}
