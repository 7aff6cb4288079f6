/** The indexes over everything that a flow brings. Each is made when the first rule needs it. */
import type { FlowFacts } from '../flow-facts.ts';
import { isLanIp, reversedIp } from '../ip.ts';
import type { Ip, IpSuffix } from '../ip.ts';
import type { Steps } from '../pace.ts';
import type { Condition, ProcessField } from '../rule.ts';
import type { RuleContext } from '../rule-set.ts';
import { foldCase } from '../text.ts';
import { DomainIndex } from './domain-index.ts';
import { KeywordIndex } from './keyword-index.ts';
import type { RuleTaker } from './postings.ts';
import { PrefixIndex, RangeIndex } from './prefix-index.ts';
import { ValueIndex } from './value-index.ts';

/** Shorter literals are in too many texts to be worth a lookup of their own. */
const SHORTEST_LITERAL = 2;

export class FactIndexes {
  readonly #context: RuleContext;
  #domains: DomainIndex | null = null;
  #dst: AddressIndexes | null = null;
  #src: AddressIndexes | null = null;
  #dstPorts: RangeIndex | null = null;
  #srcPorts: RangeIndex | null = null;
  #inPorts: RangeIndex | null = null;
  #dscp: RangeIndex | null = null;
  #uids: RangeIndex | null = null;
  #names: TextIndexes | null = null;
  #paths: TextIndexes | null = null;
  /** Networks, zones and inbounds, each with a letter before it. */
  #labels: ValueIndex<string> | null = null;
  #hasInbounds = false;
  #always: ValueIndex<string> | null = null;

  constructor(context: RuleContext) {
    this.#context = context;
  }

  /** False where no index can hold the condition. Rules are added in rising order. */
  add(condition: Condition, rule: number): boolean {
    if (!isIndexed(condition)) return false;
    switch (condition.kind) {
      case 'domain':
        this.#domainIndex().addDomain(condition.domain, rule);
        break;
      case 'domain-suffix':
        this.#domainIndex().addSuffix(condition.suffix, rule);
        break;
      case 'domain-keyword':
        this.#domainIndex().addKeyword(condition.keyword, rule);
        break;
      case 'domain-pattern':
        this.#domainIndex().addKeyword(condition.pattern.literal, rule);
        break;
      case 'ip-cidr':
      case 'ip-suffix':
      case 'geoip':
      case 'ip-asn':
        this.#addressIndexes(condition.src).add(condition, rule);
        break;
      case 'port':
        this.#portIndex(condition.of).add(condition.ranges, rule);
        break;
      case 'dscp':
        (this.#dscp ??= new RangeIndex()).add(condition.ranges, rule);
        break;
      case 'uid':
        (this.#uids ??= new RangeIndex()).add(condition.ranges, rule);
        break;
      case 'process':
        this.#textIndexes(condition.field).texts.add(condition.text, rule);
        break;
      case 'process-pattern':
        this.#textIndexes(condition.field).literals.add(condition.pattern.literal, rule);
        break;
      case 'network':
        this.#labelIndex().add(condition.network, rule);
        break;
      case 'zone':
        for (const zone of condition.zones) this.#labelIndex().add(zone, rule);
        break;
      case 'inbound':
        this.#hasInbounds = true;
        for (const value of condition.values) {
          this.#labelIndex().add(inboundLabel(condition.field, value), rule);
        }
        break;
      case 'always':
        (this.#always ??= new ValueIndex<string>()).add('', rule);
        break;
    }
    return true;
  }

  /** No rule will be added any more. */
  *seal(): Steps<void> {
    if (this.#domains !== null) yield* this.#domains.seal();
    for (const index of [this.#names, this.#paths]) if (index !== null) yield* index.seal();
    this.#dst?.seal();
    this.#src?.seal();
    yield;
    this.#dstPorts?.seal();
    this.#srcPorts?.seal();
    this.#inPorts?.seal();
    this.#dscp?.seal();
    this.#uids?.seal();
    this.#labels?.seal();
    this.#always?.seal();
  }

  /** Tells where rules stand that one of the known facts leads to: the cheap lookups first. */
  find(facts: FlowFacts, taker: RuleTaker): void {
    this.#always?.find('', taker);
    if (this.#labels !== null) this.#findLabels(this.#labels, facts, taker);
    this.#dstPorts?.find(facts.dstPort, taker);
    this.#srcPorts?.find(facts.srcPort, taker);
    this.#inPorts?.find(facts.inbound.port, taker);
    this.#dscp?.find(facts.dscp, taker);
    this.#src?.find(facts.srcIp, taker);
    const { dstIp, domain, process } = facts;
    if (dstIp !== undefined && dstIp !== null) this.#dst?.find(dstIp, taker);
    if (domain !== undefined && domain !== null) this.#domains?.find(domain, taker);
    if (process !== undefined && process !== null) {
      if (process.uid !== null) this.#uids?.find(process.uid, taker);
      this.#names?.find(process.name, taker);
      this.#paths?.find(process.path, taker);
    }
    this.#src?.findInData(facts.srcIp, this.#context, taker);
    if (dstIp !== undefined && dstIp !== null) this.#dst?.findInData(dstIp, this.#context, taker);
  }

  #findLabels(labels: ValueIndex<string>, facts: FlowFacts, taker: RuleTaker): void {
    labels.find(facts.network, taker);
    labels.find(facts.zone, taker);
    if (!this.#hasInbounds) return;
    const { type, name, user } = facts.inbound;
    labels.find(inboundLabel('type', type), taker);
    labels.find(inboundLabel('name', name), taker);
    labels.find(inboundLabel('user', user), taker);
  }

  #domainIndex(): DomainIndex {
    return (this.#domains ??= new DomainIndex());
  }

  #addressIndexes(src: boolean): AddressIndexes {
    if (src) return (this.#src ??= new AddressIndexes());
    return (this.#dst ??= new AddressIndexes());
  }

  #portIndex(of: 'dst' | 'src' | 'in'): RangeIndex {
    if (of === 'dst') return (this.#dstPorts ??= new RangeIndex());
    if (of === 'src') return (this.#srcPorts ??= new RangeIndex());
    return (this.#inPorts ??= new RangeIndex());
  }

  #textIndexes(field: ProcessField): TextIndexes {
    if (field === 'name') return (this.#names ??= new TextIndexes());
    return (this.#paths ??= new TextIndexes());
  }

  #labelIndex(): ValueIndex<string> {
    return (this.#labels ??= new ValueIndex<string>());
  }
}

/** The conditions that an index finds, and misses only where they do not match. */
type Indexed = Exclude<
  Condition,
  { kind: 'geosite' | 'rule-set' | 'and' | 'or' | 'not' | 'sub-rule' | 'never' }
>;

export function isIndexed(condition: Condition): condition is Indexed {
  switch (condition.kind) {
    case 'geosite':
    case 'rule-set':
    case 'and':
    case 'or':
    case 'not':
    case 'sub-rule':
    case 'never':
      return false;
    case 'geoip':
      return !condition.negated;
    case 'domain-pattern':
    case 'process-pattern':
      return condition.pattern.literal.length >= SHORTEST_LITERAL;
    default:
      return true;
  }
}

/** Everything an address can be compared with. */
class AddressIndexes {
  #prefixes: PrefixIndex | null = null;
  /** Of addresses with their bits reversed. */
  #suffixes: PrefixIndex | null = null;
  #countries: ValueIndex<string> | null = null;
  #systems: ValueIndex<number> | null = null;
  /** Whether a rule asks for more than `lan`, which needs no data. */
  #asksCountries = false;

  add(
    condition: Extract<Condition, { kind: 'ip-cidr' | 'ip-suffix' | 'geoip' | 'ip-asn' }>,
    rule: number,
  ): void {
    switch (condition.kind) {
      case 'ip-cidr':
        (this.#prefixes ??= new PrefixIndex()).add(condition.prefix, rule);
        break;
      case 'ip-suffix':
        (this.#suffixes ??= new PrefixIndex()).add(reversed(condition.suffix), rule);
        break;
      case 'geoip':
        this.#asksCountries ||= condition.code !== 'lan';
        (this.#countries ??= new ValueIndex<string>()).add(condition.code, rule);
        break;
      case 'ip-asn':
        (this.#systems ??= new ValueIndex<number>()).add(condition.asn, rule);
        break;
    }
  }

  seal(): void {
    this.#prefixes?.seal();
    this.#suffixes?.seal();
    this.#countries?.seal();
    this.#systems?.seal();
  }

  find(ip: Ip, taker: RuleTaker): void {
    this.#prefixes?.find(ip, taker);
    if (this.#suffixes !== null) this.#suffixes.find(reversedIp(ip), taker);
    if (this.#countries !== null && isLanIp(ip)) this.#countries.find('lan', taker);
  }

  /** The lookups in data files, which cost more and may not be worth it by now. */
  findInData(ip: Ip, context: RuleContext, taker: RuleTaker): void {
    if (this.#asksCountries && this.#countries !== null && this.#countries.first < taker.best) {
      // `lan` is no country: a database that calls one so does not change what it means.
      for (const code of context.geoip(ip)) if (code !== 'lan') this.#countries.find(code, taker);
    }
    if (this.#systems !== null && this.#systems.first < taker.best) {
      this.#systems.find(context.asn(ip), taker);
    }
  }
}

/** Names or paths of programs: whole, and what patterns must find in them. */
class TextIndexes {
  readonly texts = new ValueIndex<string>();
  readonly literals = new KeywordIndex();

  *seal(): Steps<void> {
    this.texts.seal();
    yield* this.literals.seal();
  }

  find(text: string, taker: RuleTaker): void {
    const folded = foldCase(text);
    this.texts.find(folded, taker);
    this.literals.find(folded, taker);
  }
}

function reversed({ ip, length }: IpSuffix): { ip: Ip; length: number } {
  return { ip: reversedIp(ip), length };
}

function inboundLabel(field: string, value: string): string {
  return `${field} ${value}`;
}
