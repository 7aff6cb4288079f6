/**
 * Values in texts of a catalogue: `{name}` is the value of that name, and `{count} [rule|rules]` is
 * "1 rule" or "2 rules", in languages that tell them apart. Pure.
 */
export function fillIn(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(HOLE, (whole, name: string, choice?: string, one = '', more = '') => {
    const value = values[name];
    if (value === undefined) return whole;
    if (choice === undefined) return `${value}`;
    return `${value} ${`${value}` === '1' ? one : more}`;
  });
}

const HOLE = /\{(\w+)\}( \[([^|\]]*)\|([^\]]*)\])?/g;
