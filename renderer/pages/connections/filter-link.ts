/** The address of the connections that a filter finds. Pure. */

/** `field` as the filter knows it, such as `zone`; empty: any. Each word of the value is looked for. */
export function filterLink(field: string, value: string): string {
  const words = value.split(/\s+/).filter((word) => word !== '');
  const filter = words.map((word) => (field === '' ? word : `${field}:${word}`)).join(' ');
  return `/connections?${new URLSearchParams({ filter }).toString()}`;
}
