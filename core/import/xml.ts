/**
 * XML as a tree of elements with their lines. Entities of the text's own do not exist here (a
 * document type is refused), and size, depth and number are bounded.
 */
import sax from 'sax';
import { SluiceError } from '../api/errors.ts';
import { printable } from '../../rules/text.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Its own, without that of its children, and without space around it. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

interface Open {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
  readonly line: number;
}

const MOST_ELEMENTS = 200_000;
const DEEPEST = 64;

/** The outermost element. Throws `ERR_IMPORT_FORMAT`. */
export function readXml(text: string): XmlElement {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) {
    throw wrong('it has a document type, which no profile needs');
  }
  const parser = sax.parser(true, { position: true });
  const stack: Open[] = [];
  let root: XmlElement | null = null;
  let count = 0;
  const addText = (part: string): void => {
    const open = stack.at(-1);
    if (open !== undefined) open.text += part;
  };
  const handlers: Partial<sax.SAXParser> = {
    onerror: (error) => {
      throw wrong(`line ${parser.line + 1}: ${printable(error.message.split('\n')[0] ?? '', 100)}`);
    },
    onopentag: ({ name, attributes }) => {
      count += 1;
      if (count > MOST_ELEMENTS) throw wrong(`it has more than ${MOST_ELEMENTS} elements`);
      if (stack.length >= DEEPEST) throw wrong(`it is nested more than ${DEEPEST} levels`);
      const own = Object.entries(attributes).map(([key, value]) => [key, String(value)]);
      const line = parser.line + 1;
      stack.push({ name, attributes: Object.fromEntries(own), children: [], text: '', line });
    },
    ontext: addText,
    oncdata: addText,
    onclosetag: () => {
      const closed = stack.pop();
      if (closed === undefined) return;
      const element = { ...closed, text: closed.text.trim() };
      const parent = stack.at(-1);
      if (parent === undefined) root ??= element;
      else parent.children.push(element);
    },
  };
  Object.assign(parser, handlers);
  parser.write(text).close();
  if (root === null) throw wrong('there is nothing in it');
  return root;
}

function wrong(why: string): SluiceError {
  return new SluiceError('ERR_IMPORT_FORMAT', `This XML cannot be read: ${why}.`);
}
