/**
 * The way out for everything the core opens itself: native sockets, bound so that they leave
 * past the tunnel. Holds no state of its own; the binding is asked for at each connection, so
 * that new sockets follow the uplink when it changes.
 */
import type { Duplex } from 'node:stream';
import type { Binding } from '../native/binding.d.ts';
import type { Stack } from '../stack/stack.ts';
import type { LookupPurpose, Outbound } from '../upstream/upstream.ts';

/**
 * How an own socket to this address is bound. Throws `UpstreamError` where no route leads
 * there: an unbound socket would enter the tunnel.
 */
export type BindingFor = (address: string) => Binding;

export interface Resolver {
  /** Addresses of a host name, looked up past the tunnel; never empty. */
  resolve(host: string, purpose: LookupPurpose, signal: AbortSignal): Promise<string[]>;
  /** The uplink has changed: answers may be others now. */
  flush(): void;
}

export class EngineOutbound implements Outbound {
  readonly #stack: Stack;
  readonly #bindingFor: BindingFor;
  readonly #resolver: Resolver;

  constructor(stack: Stack, bindingFor: BindingFor, resolver: Resolver) {
    this.#stack = stack;
    this.#bindingFor = bindingFor;
    this.#resolver = resolver;
  }

  async connectTcp(address: string, port: number, signal: AbortSignal): Promise<Duplex> {
    return this.#stack.connectTcp(address, port, this.#bindingFor(address), signal);
  }

  resolve(host: string, purpose: LookupPurpose, signal: AbortSignal): Promise<string[]> {
    return this.#resolver.resolve(host, purpose, signal);
  }
}
