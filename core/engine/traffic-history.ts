/**
 * How much went through over time, for charts that begin before somebody looks. Three bounded series
 * are fed once a second with what was counted so far. The one since the start halves its number of
 * samples whenever it is full.
 */
import type { TrafficHistory as History, TrafficSpan } from '../api/traffic.ts';
import type { FlowTotals } from '../api/status.ts';

interface Sample {
  /** When it ended, milliseconds since the epoch. */
  readonly time: number;
  /** How long it lasted, milliseconds. */
  readonly lasted: number;
  readonly up: number;
  readonly down: number;
  readonly open: number;
}

/** What is counted once a second. */
type Counted = Pick<FlowTotals, 'upload' | 'download' | 'open'>;

/** A bit less than the step: timers are never early by much, and one that is must not wait for the next. */
const EARLY_MS = 50;

class Series {
  step: number;
  readonly #capacity: number;
  readonly #isWhole: boolean;
  #samples: Sample[] = [];
  /** What was counted when the latest sample ended. */
  #last: { readonly time: number; readonly counted: Counted };

  /** `isWhole`: nothing is forgotten, but samples become longer. */
  constructor(step: number, capacity: number, isWhole: boolean, time: number) {
    this.step = step;
    this.#capacity = capacity;
    this.#isWhole = isWhole;
    this.#last = { time, counted: { upload: 0, download: 0, open: 0 } };
  }

  note(time: number, counted: Counted): void {
    const { time: before, counted: earlier } = this.#last;
    // A clock that was set back: what comes is counted from now on.
    if (time < before) this.#samples = this.#samples.filter((sample) => sample.time < time);
    if (time >= before && time - before < this.step - EARLY_MS) return;
    const lasted = time > before ? time - before : this.step;
    this.#last = { time, counted };
    this.#samples.push({
      time,
      lasted,
      up: counted.upload - earlier.upload,
      down: counted.download - earlier.download,
      open: counted.open,
    });
    if (this.#samples.length <= this.#capacity) return;
    if (this.#isWhole) this.#halve();
    else this.#samples.shift();
  }

  read(): Omit<History, 'since'> {
    const rate = (bytes: number, { lasted }: Sample): number =>
      Math.round((Math.max(0, bytes) * 1000) / lasted);
    return {
      step: this.step,
      times: this.#samples.map(({ time }) => time),
      up: this.#samples.map((sample) => rate(sample.up, sample)),
      down: this.#samples.map((sample) => rate(sample.down, sample)),
      open: this.#samples.map(({ open }) => open),
    };
  }

  #halve(): void {
    const halved: Sample[] = [];
    for (let at = 0; at < this.#samples.length; at += 2) {
      const [first, second] = this.#samples.slice(at, at + 2);
      if (first === undefined) continue;
      halved.push(second === undefined ? first : joined(first, second));
    }
    this.#samples = halved;
    this.step *= 2;
  }
}

function joined(first: Sample, second: Sample): Sample {
  return {
    time: second.time,
    lasted: first.lasted + second.lasted,
    up: first.up + second.up,
    down: first.down + second.down,
    open: Math.max(first.open, second.open),
  };
}

export class TrafficHistory {
  readonly #since: number;
  readonly #series: Readonly<Record<TrafficSpan, Series>>;

  constructor(now = Date.now()) {
    this.#since = now;
    this.#series = {
      minutes: new Series(1_000, 300, false, now),
      hour: new Series(10_000, 360, false, now),
      start: new Series(10_000, 720, true, now),
    };
  }

  /** Once a second. */
  note(counted: Counted, now = Date.now()): void {
    for (const series of Object.values(this.#series)) series.note(now, counted);
  }

  read(span: TrafficSpan): History {
    return { since: new Date(this.#since).toISOString(), ...this.#series[span].read() };
  }
}
