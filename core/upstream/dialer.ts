/** How an upstream gets its own connection: from the machine, or through another upstream. */
import type { Duplex } from 'node:stream';
import { UpstreamError } from '../api/errors.ts';
import type { DialFailure } from '../api/errors.ts';
import { discard } from './attempt.ts';
import type { Attempt, FailureCode } from './attempt.ts';
import { authority } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { connectFirst } from './happy-eyeballs.ts';
import type { LookupPurpose, Outbound } from './upstream.ts';

export interface Opened {
  /** In the attempt's charge. */
  readonly stream: Duplex;
  /** IP literal that the machine is connected to; null where that is another proxy's. */
  readonly address: string | null;
}

export interface Dialer {
  /** Rejects with `UpstreamError`. */
  open(target: Endpoint, attempt: Attempt): Promise<Opened>;
}

/** From the machine. Names are looked up past the tunnel, and all their addresses tried. */
export class MachineDialer implements Dialer {
  readonly #outbound: Outbound;
  readonly #purpose: LookupPurpose;

  /** `purpose` is that of names that `open` looks up. */
  constructor(outbound: Outbound, purpose: LookupPurpose) {
    this.#outbound = outbound;
    this.#purpose = purpose;
  }

  async open(target: Endpoint, attempt: Attempt): Promise<Opened> {
    const { host, port, ip } = target;
    const addresses = ip === null ? await this.resolve(host, this.#purpose, attempt) : [host];
    attempt.step = `connecting to ${authority(target)}`;
    try {
      const [only] = addresses;
      if (only !== undefined && addresses.length === 1) {
        return await this.#connect(only, port, attempt, attempt.signal);
      }
      return await connectFirst(
        addresses,
        (address, signal) => this.#connect(address, port, attempt, signal),
        ({ stream }) => discard(stream),
        attempt.signal,
      );
    } catch (error) {
      throw explain(error, attempt);
    }
  }

  /** Addresses of a name, best first; never empty. */
  async resolve(host: string, purpose: LookupPurpose, attempt: Attempt): Promise<string[]> {
    attempt.step = `looking up ${host}`;
    try {
      return await this.#outbound.resolve(host, purpose, attempt.signal);
    } catch (error) {
      throw explain(error, attempt);
    }
  }

  async #connect(
    address: string,
    port: number,
    attempt: Attempt,
    signal: AbortSignal,
  ): Promise<Opened> {
    const stream = await this.#outbound.connectTcp(address, port, signal);
    return { stream: attempt.keep(stream), address };
  }
}

/** One error for the application out of those of all addresses. */
function explain(error: unknown, attempt: Attempt): unknown {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  const known = errors.filter((one) => one instanceof UpstreamError);
  const [first] = known;
  if (first === undefined || known.length < errors.length) return error;
  // A refusal tells most: somebody is there. Otherwise the first address is the best one.
  const { failure, message } = known.find((one) => one.failure === 'refused') ?? first;
  const problem = message.replace(/\.$/, '');
  return attempt.error(CODES[failure], failure, problem, ADVICE[failure], error);
}

const CODES: Readonly<Record<DialFailure, FailureCode>> = {
  refused: 'ERR_UPSTREAM_REFUSED',
  'host-unreachable': 'ERR_UPSTREAM_HOST_UNREACHABLE',
  'net-unreachable': 'ERR_UPSTREAM_NET_UNREACHABLE',
  timeout: 'ERR_UPSTREAM_TIMEOUT',
  upstream: 'ERR_UPSTREAM_FAILED',
};

const ADVICE: Readonly<Record<DialFailure, string>> = {
  refused: 'Check that something listens on this port there',
  'host-unreachable': 'Check the address and that the machine is up',
  'net-unreachable': "Check this machine's network",
  timeout: 'Check the address, and that no firewall is in between',
  upstream: "Check this machine's network",
};
