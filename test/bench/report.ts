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

  constructor(subjects: readonly string[]) {
    this.#subjects = subjects;
  }

  add(subject: string, metrics: readonly Metric[]): void {
    for (const { name, unit, value } of metrics) {
      const row = this.#rows.get(name) ?? { unit, readings: {} };
      this.#rows.set(name, row);
      (row.readings[subject] ??= []).push(value);
    }
  }

  rows(): Row[] {
    const [first = '', ...others] = this.#subjects;
    return [...this.#rows].map(([name, { unit, readings }]) => {
      const medians: Record<string, number> = {};
      for (const [subject, values] of Object.entries(readings)) medians[subject] = median(values);
      const ratios: Record<string, number> = {};
      for (const other of others) {
        const [a, b] = [medians[first], medians[other]];
        if (a !== undefined && b !== undefined) ratios[other] = a / b;
      }
      return { name, unit, medians, ratios, readings };
    });
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
