/** Finds the name in datagrams that wait for a decision. */
import { QuicSniffer } from '../sniff/quic.ts';
import type { SniffedName } from '../sniff/sniff-result.ts';
import type { UdpPeer } from '../stack/udp-session.ts';

export class UdpSniff {
  readonly #peer: UdpPeer;
  readonly #sniffer = new QuicSniffer();
  readonly #done = Promise.withResolvers<SniffedName | null>();
  #timer: NodeJS.Timeout | undefined = undefined;
  /** Datagrams that were looked at. */
  #seen = 0;

  constructor(peer: UdpPeer) {
    this.#peer = peer;
  }

  /** Resolves to null where there is no name in what comes within `timeoutMs`. */
  begin(timeoutMs: number): Promise<SniffedName | null> {
    this.#timer = setTimeout(() => this.end(), timeoutMs);
    this.more();
    return this.#done.promise;
  }

  /** Another datagram waits. */
  more(): void {
    const { session, dst, dstPort } = this.#peer;
    for (const datagram of session.waiting(dst, dstPort).slice(this.#seen)) {
      this.#seen += 1;
      const result = this.#sniffer.add(datagram);
      if (result.kind === 'need-more') continue;
      this.#finish(result.kind === 'domain' ? result : null);
      return;
    }
  }

  /** No more is waited for. */
  end(): void {
    this.#finish(null);
  }

  #finish(name: SniffedName | null): void {
    clearTimeout(this.#timer);
    this.#done.resolve(name);
  }
}
