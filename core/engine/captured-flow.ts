/**
 * A captured flow, TCP or UDP, as far as it is known: what its first packet says, and what was
 * found out since. Made for one decision by `decide.ts`; the record of the live list is filled
 * from it.
 */
import type { Endpoint } from '../api/flows.ts';
import type { KnownName } from '../dns/names.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { SniffedName } from '../sniff/sniff-result.ts';
import type { FlowFacts, Network, ProcessFacts, Zone } from '../../rules/flow-facts.ts';
import { TUN_INBOUND } from '../../rules/flow-facts.ts';
import type { Ip } from '../../rules/ip.ts';
import { parseIp } from '../../rules/ip.ts';
import type { FlowRecord } from './flow-table.ts';
import type { NameUse } from './sniffing.ts';

/** What a packet says. */
export interface Captured {
  readonly network: Network;
  /** IP literals. */
  readonly src: string;
  readonly srcPort: number;
  readonly dst: string;
  readonly dstPort: number;
  /** 0 to 63. */
  readonly dscp: number;
}

export class CapturedFlow {
  readonly captured: Captured;
  /** Where it comes from: its source, or what that was before this machine rewrote it. */
  readonly from: Endpoint;
  readonly srcIp: Ip;
  readonly dstIp: Ip;
  /** What the rules are asked with; replaced as more is found out. */
  facts: FlowFacts;
  domain: string | null;
  /** How the name became known: fake-ip, dns, tls, http, quic. */
  domainFrom: string | null;
  sniffed: SniffedName | null = null;
  readonly isMapped: boolean;
  /** The address leads nowhere, or is not to be believed: the name is all there is. */
  #isNameOnly: boolean;
  /** Whether proxies are asked for the name. */
  #asksByName: boolean;

  /** `name` is what the address stands for, if anything. */
  constructor(
    captured: Captured,
    from: Endpoint,
    srcIp: Ip,
    dstIp: Ip,
    zone: Zone,
    name: KnownName | null,
  ) {
    this.captured = captured;
    this.from = from;
    this.srcIp = srcIp;
    this.dstIp = dstIp;
    this.domain = name?.domain ?? null;
    this.domainFrom = name === null ? null : name.kind === 'fake' ? 'fake-ip' : 'dns';
    this.isMapped = name?.kind === 'mapped';
    this.#isNameOnly = name?.kind === 'fake';
    this.#asksByName = name !== null;
    this.facts = {
      network: captured.network,
      srcIp,
      srcPort: from.port,
      dstIp: name?.kind === 'fake' ? undefined : dstIp,
      dstPort: captured.dstPort,
      domain: name?.domain,
      dstIpResolved: false,
      zone,
      dscp: captured.dscp,
      inbound: TUN_INBOUND,
      process: undefined,
    };
  }

  /** The first bytes were looked at. Null: they have no name. */
  take(name: SniffedName | null, use: NameUse): void {
    this.sniffed = name;
    if (name === null || use === 'nothing') {
      this.facts = { ...this.facts, domain: this.domain };
      return;
    }
    this.domain = name.domain;
    this.domainFrom = name.protocol;
    this.facts = { ...this.facts, domain: name.domain };
    if (use === 'rules') return;
    this.#asksByName = true;
    if (use === 'proxies') return;
    this.#isNameOnly = true;
    this.facts = { ...this.facts, dstIp: undefined };
  }

  /** The name has no address where `address` is undefined. */
  takeAddress(address: string | undefined): void {
    const dstIp = address === undefined ? null : parseIp(address);
    this.facts = { ...this.facts, dstIp, dstIpResolved: true };
  }

  takeProcess(process: ProcessFacts | null): void {
    this.facts = { ...this.facts, process };
  }

  /**
   * What an upstream is asked for. DIRECT goes where the application's own lookup led it, unless
   * that was no true address; a proxy gets the name to look up itself.
   */
  hostFor({ type }: Upstream): string {
    const { dst } = this.captured;
    const byName = type === 'Direct' ? this.#isNameOnly : this.#asksByName;
    return byName ? (this.domain ?? dst) : dst;
  }

  describe(record: FlowRecord): void {
    record.domain = this.domain;
    record.domainFrom = this.domainFrom;
    if (this.sniffed !== null) {
      const { domain, protocol, ech } = this.sniffed;
      record.sniffed = { domain, protocol, ech };
    }
    const { src, srcPort } = this.captured;
    record.src = this.from.address;
    record.srcPort = this.from.port;
    const isRewritten = this.from.address !== src || this.from.port !== srcPort;
    record.packetSource = isRewritten ? { address: src, port: srcPort } : null;
    record.zone = this.facts.zone;
    record.dscp = this.captured.dscp;
    record.process = this.facts.process ?? null;
    record.facts = this.facts;
  }
}
