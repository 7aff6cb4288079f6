/**
 * One endpoint of the control API: where it is, what it takes (checked by core at run time) and
 * what it answers (a type that clients derive theirs from). `endpoints.ts` lists them all.
 */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Checks one part of a request. Throws `ERR_REQUEST_INVALID`. */
type Read<From, T> = (from: From) => T;

/** Path parameters and query parameters travel as text. */
export type TextFields = Readonly<Record<string, string>>;

/** One `Answer`, newline-delimited JSON with an `Answer` a line until either side ends it, or bytes of a file. */
export type Kind = 'once' | 'stream' | 'file';

export interface Endpoint<Params, Query, Body, Answer, K extends Kind> {
  readonly method: Method;
  /** Parts that begin with a colon are parameters: `/v1/flows/:id`. */
  readonly path: string;
  readonly params: Read<TextFields, Params>;
  readonly query: Read<TextFields, Query>;
  /** The body as JSON; `undefined` where the request has none. */
  readonly body: Read<unknown, Body>;
  readonly kind: K;
  /** Bytes that the body may have; 64 KiB where nothing is said. */
  readonly maxBody?: number;
  /** Never there at run time: it carries the type. */
  readonly answer?: Answer;
}

export type AnyEndpoint = Endpoint<unknown, unknown, unknown, unknown, Kind>;

interface Parts<Params, Query, Body> {
  readonly params?: Read<TextFields, Params>;
  readonly query?: Read<TextFields, Query>;
  readonly body?: Read<unknown, Body>;
  readonly maxBody?: number;
}

/** `once<Answer>()(method, path, parts)`: TypeScript infers either all type arguments or none. */
export const once = <Answer>() => define<Answer, 'once'>('once');
export const stream = <Answer>() => define<Answer, 'stream'>('stream');
export const file = define<never, 'file'>('file');

function define<Answer, K extends Kind>(kind: K) {
  return <Params = undefined, Query = undefined, Body = undefined>(
    method: Method,
    path: string,
    parts: Parts<Params, Query, Body> = {},
  ): Endpoint<Params, Query, Body, Answer, K> => ({
    method,
    path,
    kind,
    ...(parts.maxBody === undefined ? {} : { maxBody: parts.maxBody }),
    params: parts.params ?? (nothing as unknown as Read<TextFields, Params>),
    query: parts.query ?? (nothing as unknown as Read<TextFields, Query>),
    body: parts.body ?? (nothing as unknown as Read<unknown, Body>),
  });
}

/** Of what an endpoint does not take, nothing is read. */
function nothing(): undefined {
  return undefined;
}

/** What a client gives: the parts that the endpoint takes, and no others. */
export type RequestOf<Params, Query, Body> = Part<'params', Params> &
  Part<'query', Query> &
  Part<'body', Body>;

/** The arguments of a client's call: a request that requires nothing may be left out. */
export type RequestArguments<Params, Query, Body> =
  object extends RequestOf<Params, Query, Body>
    ? [request?: RequestOf<Params, Query, Body>]
    : [request: RequestOf<Params, Query, Body>];

type Part<Name extends string, T> = [T] extends [undefined]
  ? unknown
  : object extends T
    ? { readonly [K in Name]?: T }
    : { readonly [K in Name]: T };

/** Any `RequestOf`. */
export interface RequestParts {
  readonly params?: object;
  readonly query?: object;
  readonly body?: unknown;
}

/** The path with its parameters filled in and the query behind it. */
export function pathOf({ path }: { readonly path: string }, request: RequestParts): string {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => {
    const value = Object.entries(request.params ?? {}).find(([key]) => key === name)?.[1];
    return encodeURIComponent(String(value));
  });
  const query = Object.entries(request.query ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}
