/** Collects readings of several rounds and shows the medians side by side. */
import type { Metric } from './measurement.ts';

export interface Row {
  readonly name: string;
  readonly unit: string;
  /** Median by subject. */
  readonly medians: Readonly<Record<string, number>>;
  /** First subject over each other one. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly readings: Readonly<Record<string, readonly number[]>>;
}

export class Report {
  readonly #rows = new Map<string, { unit: string; readings: Record<string, number[]> }>();
  readonly #subjects: readonly string[];

  readonly #baseline: string | null;

  /** Ratios are those of the first subject; times are shown as additions to the baseline, too. */
  constructor(subjects: readonly string[], baseline: string | null) {
    this.#subjects = subjects;
    this.#baseline = baseline;
  }

  add(subject: string, metrics: readonly Metric[]): void {
    for (const { name, unit, value } of metrics) {
      const row = this.#rows.get(name) ?? { unit, readings: {} };
      this.#rows.set(name, row);
      (row.readings[subject] ??= []).push(value);
    }
  }

  rows(): Row[] {
    return [...this.#rows].flatMap(([name, { unit, readings }]) => {
      const medians: Record<string, number> = {};
      for (const [subject, values] of Object.entries(readings)) medians[subject] = median(values);
      const row = { name, unit, medians, ratios: this.#ratios(medians), readings };
      const base = this.#baseline === null ? undefined : medians[this.#baseline];
      return base === undefined || unit !== 'ms' ? [row] : [row, this.#added(row, base)];
    });
  }

  #added(row: Row, base: number): Row {
    const entries = Object.entries(row.medians)
      .filter(([subject]) => subject !== this.#baseline)
      .map(([subject, value]) => [subject, value - base] as const);
    const medians = Object.fromEntries(entries);
    const name = `${row.name}: added`;
    return { name, unit: row.unit, medians, ratios: this.#ratios(medians), readings: {} };
  }

  #ratios(medians: Readonly<Record<string, number>>): Record<string, number> {
    const [first = '', ...others] = this.#subjects;
    const ratios: Record<string, number> = {};
    for (const other of others) {
      const [a, b] = [medians[first], medians[other]];
      if (a !== undefined && b !== undefined) ratios[other] = a / b;
    }
    return ratios;
  }

  /** A Markdown table. */
  toString(): string {
    const [first = '', ...others] = this.#subjects;
    const header = ['', 'unit', ...this.#subjects, ...others.map((other) => `${first} / ${other}`)];
    const lines = this.rows().map((row) => [
      row.name,
      row.unit,
      ...this.#subjects.map((subject) => show(row.medians[subject])),
      ...others.map((other) => show(row.ratios[other])),
    ]);
    return table([header, ...lines]);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return ((low ?? NaN) + (high ?? NaN)) / 2;
}

function show(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '';
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) < 100 ? value.toPrecision(3) : value.toFixed(0);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const [header = [], ...body] = rows;
  const rule = widths.map((width) => '-'.repeat(width));
  return [header, rule, ...body].map(line).join('\n');
}
