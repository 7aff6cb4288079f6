/** Lines of a text, by offsets into it. Pure. */

/** Where the line begins that `at` is in. */
export function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

/** Where the line ends that `at` is in, without its line break. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  if (end < 0) return text.length;
  return text[end - 1] === '\r' && end > at ? end - 1 : end;
}

/** Where the next line begins, or the end of the text. */
export function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** The start of the line behind the one that ends here: behind `end` itself where that is one. */
export function lineBehind(text: string, end: number): number {
  return end > 0 && text[end - 1] === '\n' ? end : nextLine(text, end);
}

export function columnOf(text: string, at: number): number {
  return at - lineStart(text, at);
}

export function lineBreakOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** In front of the mark that ends a YAML document. */
export function endOfDocument(text: string): number {
  return /^\.\.\.[ \t]*(#.*)?\r?$/m.exec(text)?.index ?? text.length;
}
