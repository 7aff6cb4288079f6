/**
 * One test of an upstream: its steps one after the other, each from the machine or over what the
 * step before has opened. It owns every stream that it opens until `close`.
 *
 *   resolve -> connect -> tls -> auth          over one connection; what fails ends the test
 *                              -> tcp, udp, dns  through the upstream, as traffic goes; each by itself
 */
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { SluiceError, UpstreamError } from '../api/errors.ts';
import type { TestStepName } from '../api/upstreams.ts';
import type { ServerProxy } from '../config/upstream-settings.ts';
import type { WayOut } from '../dns/way-out.ts';
import { probe } from '../groups/probe.ts';
import { HttpError } from '../http/http-error.ts';
import { Attempt, discard } from '../upstream/attempt.ts';
import { MachineDialer } from '../upstream/dialer.ts';
import type { Opened } from '../upstream/dialer.ts';
import { authority, toEndpoint } from '../upstream/endpoint.ts';
import type { Endpoint } from '../upstream/endpoint.ts';
import type { ProxyProtocol } from '../upstream/proxy-upstream.ts';
import { buildUpstream, protocolOf, wayTo } from '../upstream/registry.ts';
import type { UpstreamContext } from '../upstream/registry.ts';
import { checkLogin, checkMethod } from '../upstream/socks5-replies.ts';
import { greeting, loginRequest } from '../upstream/socks5-wire.ts';
import { TlsClient } from '../upstream/tls.ts';
import type { Outbound, Upstream } from '../upstream/upstream.ts';
import { Wire } from '../upstream/wire.ts';
import { askThroughRelay } from './relay-question.ts';
import { DnsQuestion } from './dns-question.ts';
import { failed, failedBy, ok, sentence, skipped, warning } from './finding.ts';
import type { Finding } from './finding.ts';
import { loginFailure, notTheProtocol, tlsFailure } from './reasons.ts';
import { spokenBy } from './speaks.ts';
import type { Spoken } from './speaks.ts';

export interface TestSettings {
  readonly proxy: ServerProxy;
  readonly url: URL;
  readonly expectedStatus: string;
  /** Milliseconds for each step. */
  readonly timeoutMs: number;
  /** The DNS server that is asked through the upstream. */
  readonly resolver: Endpoint;
}

export interface TestParts extends Omit<UpstreamContext, 'connectTimeout'> {
  /** Datagrams past the tunnel. */
  readonly datagrams: Pick<WayOut, 'openUdp'>;
}

/** The steps without which no other makes sense. */
export const NEEDED: readonly TestStepName[] = ['resolve', 'connect', 'tls', 'auth'];

export class TestRun {
  readonly #settings: TestSettings;
  readonly #parts: TestParts;
  readonly #signal: AbortSignal;
  readonly #server: Endpoint;
  /** Looks nothing up again. */
  #outbound: Outbound;
  /** The latest last. */
  readonly #streams: Duplex[] = [];
  /** What the name of the test URL has led to: null before that. */
  #reachedByName: boolean | null = null;

  /** `signal` ends it. */
  constructor(settings: TestSettings, parts: TestParts, signal: AbortSignal) {
    this.#settings = settings;
    this.#parts = parts;
    this.#signal = signal;
    this.#outbound = parts.outbound;
    const server = toEndpoint({ host: settings.proxy.server, port: settings.proxy.port });
    if (server === null) throw new TypeError('The settings were not checked.');
    this.#server = server;
  }

  /** What came of a step. Rejects only when the signal has aborted. */
  async take(step: TestStepName): Promise<Finding> {
    try {
      return await this.#steps[step]();
    } catch (cause) {
      this.#signal.throwIfAborted();
      return failedBy(cause);
    }
  }

  close(): void {
    // A TLS stream before the one under it: the other way round Node 24 crashes.
    for (const stream of this.#streams.splice(0).reverse()) discard(stream);
  }

  readonly #steps: Readonly<Record<TestStepName, () => Promise<Finding>>> = {
    resolve: () => this.#resolve(),
    connect: () => this.#connect(),
    tls: () => this.#tls(),
    auth: () => this.#auth(),
    tcp: () => this.#tcp(),
    udp: () => this.#udp(),
    dns: () => this.#dns(),
  };

  async #resolve(): Promise<Finding> {
    const { dialerProxy } = this.#settings.proxy;
    const { host, ip } = this.#server;
    if (ip !== null) return skipped('The server is given by its address.');
    if (dialerProxy !== '') return skipped(`${dialerProxy} looks the server's name up.`);
    const machine = new MachineDialer(this.#parts.outbound, 'proxy-server');
    const looked = await this.#attempt(`look up ${host}`, (attempt) =>
      machine.resolve(host, 'proxy-server', attempt),
    ).catch((cause: unknown) => failedBy(cause));
    if (!Array.isArray(looked)) {
      this.#signal.throwIfAborted();
      const fix = "Check the server's name, and that this machine has a working DNS server.";
      return failed(looked.code, looked.message, fix);
    }
    const addresses: string[] = looked;
    const { outbound } = this.#parts;
    this.#outbound = {
      connectTcp: (...where) => outbound.connectTcp(...where),
      resolve: async () => addresses,
    };
    return ok(`${host} is ${addresses.slice(0, 4).join(', ')}.`);
  }

  async #connect(): Promise<Finding> {
    const { dialerProxy } = this.#settings.proxy;
    const opened = await this.#open().catch((cause: unknown) => failedBy(cause));
    if ('state' in opened) {
      this.#signal.throwIfAborted();
      const isSilent = opened.message.startsWith('No answer');
      const fix = 'Check address and port, and that no firewall is in between.';
      return isSilent ? { ...opened, fix } : opened;
    }
    const { stream, address } = opened;
    this.#streams.push(stream);
    const through = dialerProxy === '' ? '' : ` through ${dialerProxy}`;
    const where = authority({ ...this.#server, host: address ?? this.#server.host });
    return ok(`Connected to ${where}${through}.`);
  }

  async #tls(): Promise<Finding> {
    const { tls, server, name } = this.#settings.proxy;
    if (tls === null) return skipped('TLS to the proxy is switched off.');
    const client = new TlsClient(tls, server, name);
    const stream = this.#latest();
    try {
      const secured = await this.#secure(client, stream);
      this.#streams.push(secured);
      const protocol = (secured as TLSSocket).getProtocol() ?? 'TLS';
      if (tls.skipCertVerify && tls.fingerprint === '') {
        const fix = 'Set sni, ca-str or fingerprint instead of skip-cert-verify.';
        return warning('CERT_NOT_CHECKED', `${protocol}; who answers was not checked.`, fix);
      }
      return ok(`${protocol}, and the certificate is good.`);
    } catch (cause) {
      this.#signal.throwIfAborted();
      const found = tlsFailure(cause, tls.sni === '' ? server : tls.sni);
      if (found !== null) return found;
      return notTheProtocol('tls', await this.#spoken(false), failedBy(cause));
    }
  }

  async #auth(): Promise<Finding> {
    const { proxy } = this.#settings;
    try {
      return await (proxy.type === 'socks5' ? this.#greet() : this.#ask());
    } catch (cause) {
      this.#signal.throwIfAborted();
      const { code } = cause as Partial<SluiceError>;
      const { username } = proxy;
      if (code === 'ERR_UPSTREAM_AUTH') return loginFailure(proxy.type, username, cause);
      const found = failedBy(cause);
      const isTls = proxy.tls !== null;
      return notTheProtocol(proxy.type, await this.#spoken(isTls), found);
    }
  }

  /** SOCKS5 lets in before it is asked for anything. */
  async #greet(): Promise<Finding> {
    const { username, password } = this.#settings.proxy as Extract<ServerProxy, { type: 'socks5' }>;
    const hasLogin = username !== '';
    const isAsked = await this.#speak(async (wire, attempt) => {
      wire.send(greeting(hasLogin));
      if (!checkMethod(await wire.take(2), hasLogin, attempt)) return false;
      wire.send(loginRequest(username, password));
      checkLogin(await wire.take(2), attempt);
      return true;
    });
    if (isAsked) return ok('The proxy accepts the user name and the password.');
    if (!hasLogin) return ok('The proxy speaks SOCKS5 and wants no login.');
    return ok('The proxy speaks SOCKS5 and did not ask for the user name and the password.');
  }

  /** The others have to be asked for something. */
  async #ask(): Promise<Finding> {
    const { proxy, timeoutMs } = this.#settings;
    const machine = new MachineDialer(this.#outbound, 'proxy-server');
    const protocol = protocolOf(proxy, machine, timeoutMs);
    const label = protocol.label.replace(' CONNECT', '');
    try {
      await this.#speak((wire, attempt) => this.#askFor(protocol, wire, attempt));
    } catch (cause) {
      // It has understood, and lets us in; what it does not do is told by the next step.
      const isRefusal = cause instanceof UpstreamError && REFUSALS.includes(cause.code);
      if (!isRefusal) throw cause;
    }
    if (proxy.type === 'socks4') return ok(`The proxy speaks ${label}, which has no passwords.`);
    return ok(
      proxy.username === ''
        ? `The proxy speaks ${label} and wants no login.`
        : 'The proxy accepts the user name and the password.',
    );
  }

  async #askFor(protocol: ProxyProtocol, wire: Wire, attempt: Attempt): Promise<void> {
    const target = targetOf(this.#settings.url);
    const asked = protocol.prepare === undefined ? target : await protocol.prepare(target, attempt);
    await protocol.connect(wire, asked, attempt);
  }

  async #tcp(): Promise<Finding> {
    const { url, timeoutMs, expectedStatus } = this.#settings;
    this.#reachedByName = false;
    const upstream = this.#upstream(false);
    const options = { url: url.href, timeoutMs, expectedStatus, unified: false };
    await probe(upstream, options, this.#signal).catch((cause: unknown) => {
      // Whoever answers was reached.
      this.#reachedByName = cause instanceof HttpError;
      throw cause;
    });
    this.#reachedByName = true;
    return ok(`${url.origin} answers through the proxy.`);
  }

  async #udp(): Promise<Finding> {
    const { proxy, resolver } = this.#settings;
    if (proxy.type !== 'socks5') {
      const type = proxy.type === 'http' ? 'HTTP' : 'SOCKS4';
      return skipped(`${type} proxies carry no UDP.`, 'Use a SOCKS5 proxy for UDP.');
    }
    if (proxy.dialerProxy !== '') {
      return skipped(`UDP cannot go through ${proxy.dialerProxy} to this proxy.`);
    }
    const question = new DnsQuestion(this.#questionName());
    const signal = this.#limited();
    try {
      const relay = await askThroughRelay(
        this.#upstream(true),
        this.#parts.datagrams,
        { question, resolver },
        signal,
      );
      const found = `${authority(resolver)} answered through the UDP relay ${relay}.`;
      return proxy.udp
        ? ok(found)
        : ok(`${found} UDP is not switched on for this upstream.`, 'Switch UDP on.');
    } catch (cause) {
      this.#signal.throwIfAborted();
      const { code, message, fix } = failedBy(cause);
      if (proxy.udp) return failed(code, message, fix);
      return skipped(`UDP is not switched on, and would not work: ${message}`);
    }
  }

  async #dns(): Promise<Finding> {
    const { proxy, resolver, url } = this.#settings;
    const target = targetOf(url);
    const isOld = proxy.type === 'socks4' && proxy.version === '4';
    if (isOld) return skipped('SOCKS4 takes addresses only: names are looked up on this machine.');
    const upstream = this.#upstream(false);
    if (target.ip === null && this.#reachedByName !== false) {
      discard(await upstream.connect(target, this.#signal));
      return ok(`The proxy looks names up itself: it found ${target.host}.`);
    }
    const where = authority(resolver);
    const reply = await this.#askByStream(upstream);
    if (reply.addresses.length === 0) {
      const message = `${where} was reached through the proxy, and knows no ${this.#questionName()}.`;
      return warning('NO_ADDRESS', message, 'Check the test URL, or ask another DNS server.');
    }
    if (target.ip !== null) return ok(`${where} answers through the proxy, over TCP.`);
    const [address] = reply.addresses;
    const message = `The proxy reaches ${where}, which knows ${target.host} (${address}); it does not reach the name itself.`;
    return failed('PROXY_DNS', message, "Check the proxy's own DNS servers.");
  }

  async #askByStream(upstream: Upstream): Promise<Awaited<ReturnType<DnsQuestion['ask']>>> {
    const stream = await upstream.connect(this.#settings.resolver, this.#signal);
    try {
      return await new DnsQuestion(this.#questionName()).ask(stream, this.#limited());
    } finally {
      discard(stream);
    }
  }

  /** The name in the test URL, else one that everybody knows. */
  #questionName(): string {
    const target = targetOf(this.#settings.url);
    return target.ip === null ? target.host : 'www.gstatic.com';
  }

  #upstream(withUdp: boolean): Upstream {
    const { proxy, timeoutMs } = this.#settings;
    const config = withUdp && proxy.type === 'socks5' ? { ...proxy, udp: true } : proxy;
    const context = { ...this.#parts, outbound: this.#outbound, connectTimeout: timeoutMs };
    const upstream = buildUpstream(config, context);
    if (upstream === null) throw new TypeError('A proxy with a server has an upstream.');
    return upstream;
  }

  /** Speaks over what was opened; it is of no use afterwards. */
  async #speak<T>(talk: (wire: Wire, attempt: Attempt) => Promise<T>): Promise<T> {
    const stream = this.#latest();
    return this.#attempt('be let in', async (attempt) => {
      attempt.step = `handshake with ${authority(this.#server)}`;
      return talk(new Wire(stream, attempt), attempt);
    }).finally(() => this.close());
  }

  /** One more connection to the server, past TLS where that is meant. */
  #spoken(throughTls: boolean): Promise<Spoken | null> {
    const { tls, server, name } = this.#settings.proxy;
    return spokenBy(async () => {
      const { stream } = await this.#open();
      if (!throughTls || tls === null) return stream;
      return this.#secure(new TlsClient(tls, server, name), stream);
    }, this.#signal);
  }

  /** Both streams are gone where it fails: one without the other would bring the process down. */
  #secure(client: TlsClient, stream: Duplex): Promise<Duplex> {
    return this.#attempt('secure the connection', (attempt) => {
      attempt.step = `TLS handshake with ${authority(this.#server)}`;
      return client.secure(attempt.keep(stream), attempt);
    });
  }

  async #open(): Promise<Opened> {
    const machine = new MachineDialer(this.#outbound, 'proxy-server');
    const context = { ...this.#parts, connectTimeout: this.#settings.timeoutMs };
    const { dialer } = wayTo(this.#settings.proxy.dialerProxy, machine, context);
    const opened = await this.#attempt(`reach ${authority(this.#server)}`, (attempt) =>
      dialer.open(this.#server, attempt),
    );
    // It may break while nobody listens to it: whoever uses it next notices that.
    opened.stream.on('error', () => undefined);
    return opened;
  }

  #attempt<T>(goal: string, work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const { proxy, timeoutMs } = this.#settings;
    const purpose = { upstream: proxy.name, goal: () => goal, limitMs: timeoutMs };
    return new Attempt(purpose).run(work, this.#signal);
  }

  #limited(): AbortSignal {
    const { timeoutMs } = this.#settings;
    const late = new AbortController();
    const error = new SluiceError('ERR_TEST_TIMEOUT', `No answer within ${timeoutMs / 1000} s.`);
    setTimeout(() => late.abort(error), timeoutMs).unref();
    return AbortSignal.any([this.#signal, late.signal]);
  }

  #latest(): Duplex {
    const stream = this.#streams.at(-1);
    if (stream === undefined) throw new TypeError('Nothing was opened.');
    return stream;
  }
}

/** What a proxy says of the target, once it has let us in. */
const REFUSALS = [
  ...['ERR_UPSTREAM_FAILED', 'ERR_UPSTREAM_HOST_UNREACHABLE', 'ERR_UPSTREAM_NET_UNREACHABLE'],
  ...['ERR_UPSTREAM_NOT_ALLOWED', 'ERR_UPSTREAM_REFUSED', 'ERR_UPSTREAM_NO_IPV6'],
];

function targetOf(url: URL): Endpoint {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  const target = toEndpoint({ host, port });
  if (target !== null) return target;
  throw new SluiceError('ERR_REQUEST_INVALID', `${sentence(url.href)} names no host.`);
}
