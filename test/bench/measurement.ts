/** What a measurement gets and gives. */
import type { Lab } from '../lab/lab.ts';
import type { Running, Subject } from './subject.ts';

export interface Bench {
  readonly lab: Lab;
  /** How long one reading takes. */
  readonly seconds: number;
  /** Connections for scale and memory; null: as many as each wants. */
  readonly flows: number | null;
  /** The SOCKS server's process: what relaying the same bytes costs at least. */
  readonly relayPid: number;
}

export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
}

export interface Measurement {
  /** What it reads from a running subject. */
  measure(bench: Bench, running: Running): Promise<Metric[]>;
  /** Measured as well; each other subject's milliseconds are also shown as what it adds to this one's. */
  readonly baseline?: Subject;
  /** YAML for the top level of Sluice's configuration. */
  readonly sluiceConfig?: string;
}
