/** A DNS query through the UDP relay of a SOCKS5 proxy, past the tunnel (RFC 1928 section 7). */
import type { Duplex } from 'node:stream';
import { UpstreamError } from '../api/errors.ts';
import type { WayOut } from '../dns/way-out.ts';
import { discard } from '../upstream/attempt.ts';
import { authority } from '../upstream/endpoint.ts';
import type { Endpoint } from '../upstream/endpoint.ts';
import { dataOfRelayed, relayedDatagram } from '../upstream/socks5-wire.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { DnsQuestion } from './dns-question.ts';

/** A datagram may be lost: milliseconds after which it is sent again. */
const RESEND_MS = [1_000, 2_000];

export interface RelayQuestion {
  readonly question: DnsQuestion;
  readonly resolver: Endpoint;
}

/** The relay's address and port. Rejects with `UpstreamError`, or the signal's reason made one. */
export async function askThroughRelay(
  upstream: Upstream,
  datagrams: Pick<WayOut, 'openUdp'>,
  asked: RelayQuestion,
  signal: AbortSignal,
): Promise<string> {
  const association = await upstream.associate(signal);
  if (association.kind !== 'socks5') throw new TypeError('A SOCKS5 proxy has a relay.');
  const { relay, control } = association;
  const shown = authority({ host: relay.address, port: relay.port });
  try {
    await exchange(relay, control, datagrams, asked, signal);
    return shown;
  } catch (cause) {
    if (!signal.aborted) throw cause;
    const problem = `nothing came back through the UDP relay ${shown}, which the proxy has named`;
    const advice =
      'Check that this address is reachable from here, and that a firewall lets UDP to it through';
    throw new UpstreamError('ERR_UPSTREAM_TIMEOUT', 'timeout', `${problem}. ${advice}.`, {
      cause,
      parts: { problem, advice },
    });
  } finally {
    discard(control);
  }
}

async function exchange(
  relay: { readonly address: string; readonly port: number },
  control: Duplex,
  datagrams: Pick<WayOut, 'openUdp'>,
  { question, resolver }: RelayQuestion,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { address, port } = relay;
  const target = {
    ...{ host: address, port, via: null, interfaceName: '' },
    addresses: async () => [address],
  };
  const channel = await datagrams.openUdp(
    target,
    {
      onMessage: (bytes) => {
        const payload = dataOfRelayed(bytes);
        if (payload !== null && question.read(payload) !== null) resolve();
      },
      // Told by ICMP: whoever had the address has nobody listening there any more.
      onError: (cause) => {
        const problem = `the proxy's UDP relay ${authority({ host: address, port })} takes no datagrams any more`;
        const advice = `It gives up where it cannot reach ${resolver.host}: look into the proxy's log`;
        const message = `${problem}. ${advice}.`;
        reject(
          new UpstreamError('ERR_UPSTREAM_CLOSED', 'upstream', message, {
            cause,
            parts: { problem, advice },
          }),
        );
      },
    },
    signal,
  );
  if (channel === null) throw new TypeError('There is a way for datagrams past the tunnel.');
  const onAbort = (): void => reject(signal.reason as Error);
  const onEnd = (): void => {
    const problem = 'the proxy closed the connection that keeps its UDP relay open';
    const advice = "Look into the proxy's log";
    const parts = { problem, advice };
    reject(
      new UpstreamError('ERR_UPSTREAM_CLOSED', 'upstream', `${problem}. ${advice}.`, { parts }),
    );
  };
  control.on('error', onEnd).on('end', onEnd).on('close', onEnd).resume();
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  const datagram = relayedDatagram(question.message, resolver);
  const timers = RESEND_MS.map((delay) => setTimeout(() => channel.send(datagram), delay));
  try {
    channel.send(datagram);
    await promise;
  } finally {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    control.off('end', onEnd).off('close', onEnd);
    channel.close();
  }
}
