/** The names of proxies and groups while a configuration is read, and which name points at which. */
import { quote, suggestion } from '../../rules/text.ts';
import { builtIns } from './built-ins.ts';
import type { Reader } from './fields.ts';
import { text } from './fields.ts';
import type { Problems } from './problems.ts';

/** A name as it is used somewhere. */
export interface Link {
  readonly to: string;
  readonly offset: number;
}

export const nameReader = text(1, 128);

export const reference: Reader<Link> = (value, name, problems) => {
  const to = nameReader(value, name, problems);
  return to === undefined ? undefined : { to, offset: value.offset };
};

export class Names {
  /** With their offsets. Of items with errors, too: pointing at one of those is no second error. */
  readonly #names = new Map<string, number>();
  readonly #links = new Map<string, Link[]>();

  /** Takes the name for a proxy or a group. */
  claim(name: string, offset: number, problems: Problems): void {
    if (builtIns.has(name)) {
      problems.error('name-reserved', offset, `${quote(name)} is built in: choose another name`);
    } else if (this.#names.has(name)) {
      problems.error('name-duplicate', offset, `another proxy or group is called ${quote(name)}`);
    }
    this.#names.set(name, offset);
  }

  has(name: string): boolean {
    return builtIns.has(name) || this.#names.has(name);
  }

  /** `: did you mean "x"?` for a name that is near, or nothing. */
  suggestion(name: string): string {
    return suggestion(name, [...builtIns.keys(), ...this.#names.keys()]);
  }

  offsetOf(name: string): number {
    return this.#names.get(name) ?? 0;
  }

  link(from: string, link: Link): void {
    const links = this.#links.get(from);
    if (links === undefined) this.#links.set(from, [link]);
    else links.push(link);
  }

  linksOf(name: string): readonly Link[] {
    return this.#links.get(name) ?? [];
  }

  /** Adds an error where nothing is called so. */
  check({ to, offset }: Link, problems: Problems): boolean {
    if (this.has(to)) return true;
    const message = `no proxy or group is called ${quote(to)}${this.suggestion(to)}`;
    problems.error('target-unknown', offset, message);
    return false;
  }
}
