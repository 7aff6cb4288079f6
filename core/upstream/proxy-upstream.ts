/**
 * An upstream that is a proxy server: reaches the server (through another upstream, if it has a
 * dialer-proxy), does TLS, then lets the proxy's protocol ask for the target. Keeps no state
 * between connections.
 */
import type { Duplex } from 'node:stream';
import { UpstreamError } from '../api/errors.ts';
import { Attempt } from './attempt.ts';
import { MachineDialer } from './dialer.ts';
import type { Dialer, Opened } from './dialer.ts';
import { authority, checkTarget } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import type { TlsClient } from './tls.ts';
import type { Target, UdpAssociation, Upstream } from './upstream.ts';
import { Wire } from './wire.ts';

/** What differs between proxies. Every method rejects with `UpstreamError`. */
export interface ProxyProtocol {
  /** `Upstream.type`. */
  readonly type: string;
  /** As errors call it. */
  readonly label: string;
  /** What to ask the proxy for where that is not the target itself. */
  prepare?(target: Endpoint, attempt: Attempt): Promise<Endpoint>;
  /** Asks for a connection to the target; resolves when the next bytes are the target's. */
  connect(wire: Wire, target: Endpoint, attempt: Attempt): Promise<void>;
  /** Asks for a UDP relay. The address may be an unspecified one: the server's own. */
  associate?(wire: Wire, attempt: Attempt): Promise<Endpoint>;
}

export interface ProxyOptions {
  readonly name: string;
  readonly server: Endpoint;
  readonly protocol: ProxyProtocol;
  /** Null: no TLS. */
  readonly tls: TlsClient | null;
  /** How the server is reached now: asked at each dial, since a group may choose another way. */
  readonly way: () => DialWay;
  /** Milliseconds for everything from the look-up of the server to the last handshake. */
  readonly connectTimeout: number;
}

/** The way to a proxy's server. */
export interface DialWay {
  readonly dialer: Dialer;
  /** Names from the dialer-proxy to the machine, groups included; empty: from the machine. */
  readonly chain: readonly string[];
}

export class ProxyUpstream implements Upstream, Dialer {
  readonly name: string;
  readonly type: string;
  readonly #options: ProxyOptions;
  readonly #handshake: string;

  constructor(options: ProxyOptions) {
    const { name, protocol, server } = options;
    this.name = name;
    this.type = protocol.type;
    this.#options = options;
    this.#handshake = `${protocol.label} handshake with ${authority(server)}`;
  }

  get chain(): readonly string[] {
    return [this.name, ...this.#options.way().chain];
  }

  connect(target: Target, signal: AbortSignal): Promise<Duplex> {
    const goal = (): string => `reach ${authority(target)}`;
    const attempt = this.#attempt(goal);
    return attempt.run(async () => {
      const { stream } = await this.open(checkTarget(target, attempt), attempt);
      return stream;
    }, signal);
  }

  associate(signal: AbortSignal): Promise<UdpAssociation> {
    const attempt = this.#attempt(() => 'relay datagrams');
    return attempt.run(() => this.#associate(attempt), signal);
  }

  async open(target: Endpoint, attempt: Attempt): Promise<Opened> {
    const { protocol } = this.#options;
    const asked = protocol.prepare === undefined ? target : await protocol.prepare(target, attempt);
    const { stream } = await this.#openServer(attempt);
    const wire = new Wire(stream, attempt);
    attempt.step = this.#handshake;
    await protocol.connect(wire, asked, attempt);
    wire.release();
    return { stream, address: null };
  }

  async #associate(attempt: Attempt): Promise<UdpAssociation> {
    const { protocol } = this.#options;
    if (protocol.associate === undefined) {
      const problem = `${protocol.label} is not configured for UDP here, or cannot carry it`;
      throw attempt.error('ERR_UPSTREAM_NO_UDP', 'refused', problem, NO_UDP_ADVICE);
    }
    const { dialer, chain } = this.#options.way();
    if (!(dialer instanceof MachineDialer)) {
      const problem = `datagrams cannot go through ${chain.join(', ') || 'another proxy'}`;
      throw attempt.error('ERR_UPSTREAM_NO_UDP', 'refused', problem, NO_UDP_ADVICE);
    }
    const { stream, address } = await this.#openServer(attempt);
    const wire = new Wire(stream, attempt);
    attempt.step = this.#handshake;
    const relay = await protocol.associate(wire, attempt);
    wire.release();
    return {
      kind: 'socks5',
      relay: {
        address: isUnspecified(relay) ? (address ?? relay.host) : relay.host,
        port: relay.port,
      },
      control: stream,
    };
  }

  async #openServer(attempt: Attempt): Promise<Opened> {
    const { server, tls, way } = this.#options;
    const opened = await this.#reach(way().dialer, server, attempt);
    if (tls === null) return opened;
    attempt.step = `TLS handshake with ${authority(server)}`;
    return { stream: await tls.secure(opened.stream, attempt), address: opened.address };
  }

  /** What is refused here is the proxy, not the target: the application must not take it for the target's answer. */
  async #reach(dialer: Dialer, server: Endpoint, attempt: Attempt): Promise<Opened> {
    try {
      return await dialer.open(server, attempt);
    } catch (cause) {
      if (!(cause instanceof UpstreamError)) throw cause;
      const failure = cause.failure === 'refused' ? 'upstream' : cause.failure;
      const { message, parts } = cause;
      throw new UpstreamError('ERR_UPSTREAM_SERVER', failure, message, { cause, parts });
    }
  }

  #attempt(goal: () => string): Attempt {
    return new Attempt({ upstream: this.name, goal, limitMs: this.#options.connectTimeout });
  }
}

function isUnspecified({ ip }: Endpoint): boolean {
  return ip !== null && ip.w0 === 0 && ip.w1 === 0 && ip.w2 === 0 && ip.w3 === 0;
}

const NO_UDP_ADVICE =
  'Send UDP elsewhere by rule, or use a SOCKS5 proxy with udp: true and without dialer-proxy';
