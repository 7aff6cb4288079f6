/**
 * The error class of the whole product. `code` is stable and meant for programs,
 * `message` is for people: what was being done, to what, and what to do next.
 */
export class SluiceError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SluiceError';
    this.code = code;
  }
}

/** How an attempt to reach a destination failed, as the application will be told. */
export type DialFailure =
  /** The far end said no: the application gets a RST (ICMP port unreachable for UDP). */
  | 'refused'
  /** No route to the host: ICMP host unreachable. */
  | 'host-unreachable'
  /** No route to the network: ICMP network unreachable. */
  | 'net-unreachable'
  /** Nobody answered in time: the application hears nothing, as on a real network. */
  | 'timeout'
  /** The upstream itself failed (wrong password, garbage reply, TLS error): RST. */
  | 'upstream';

/** The parts of a message, for whoever shows them apart: sentences without a full stop. */
export interface ErrorParts {
  readonly problem: string;
  readonly advice: string;
}

/** An upstream could not open a connection. `failure` decides what the application sees. */
export class UpstreamError extends SluiceError {
  readonly failure: DialFailure;
  /** Null where the message has none. */
  readonly parts: ErrorParts | null;

  constructor(
    code: string,
    failure: DialFailure,
    message: string,
    { parts = null, ...options }: ErrorOptions & { readonly parts?: ErrorParts | null } = {},
  ) {
    super(code, message, options);
    this.name = 'UpstreamError';
    this.failure = failure;
    this.parts = parts;
  }
}

/** An error as answers and lists carry it: a stable code for programs, a sentence for people. */
export interface ApiError {
  readonly code: string;
  readonly message: string;
}

export function toApiError(cause: unknown): ApiError {
  if (cause instanceof SluiceError) return { code: cause.code, message: cause.message };
  return { code: 'ERR_INTERNAL', message: cause instanceof Error ? cause.message : String(cause) };
}
