/**
 * A value that core keeps telling: followed while somebody looks at it, and begun again when core
 * was gone. One stream serves every component that uses the same `Live`.
 */
import { useSyncExternalStore } from 'react';
import type { Endpoint, RequestArguments } from '../../core/api/endpoint.ts';
import { follow } from '../api/client.ts';
import { ApiFailure, UNAUTHORIZED } from '../api/failure.ts';

/** What is known of the value; `failure` is null while core tells it. */
export interface LiveState<T> {
  readonly value: T;
  readonly failure: ApiFailure | null;
}

const RETRY_MS = 1000;

export class Live<T> {
  #state: LiveState<T>;
  readonly #follow: (
    update: (change: (value: T) => T) => void,
    signal: AbortSignal,
  ) => Promise<void>;
  readonly #first: T;
  readonly #listeners = new Set<() => void>();
  #abort: AbortController | null = null;
  /** Whether the listeners will be told in the next frame. */
  #isDue = false;

  /** `reduce` makes the next value of the one before and a line of the stream; a stream that begins anew begins with `first`. */
  constructor(
    first: T,
    followUpdates: (
      update: (change: (value: T) => T) => void,
      signal: AbortSignal,
    ) => Promise<void>,
  ) {
    this.#first = first;
    this.#state = { value: first, failure: null };
    this.#follow = followUpdates;
  }

  get state(): LiveState<T> {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#abort === null) void this.#run();
    return () => {
      this.#listeners.delete(listener);
      // A page that follows the same value begins after this one ends.
      setTimeout(() => {
        if (this.#listeners.size > 0) return;
        this.#abort?.abort();
        this.#abort = null;
      }, RETRY_MS);
    };
  };

  async #run(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    while (!abort.signal.aborted) {
      let isFirst = true;
      const failure = await this.#follow((change) => {
        // What was asked for before the end may be answered after another beginning.
        if (abort.signal.aborted) return;
        this.#set(change(isFirst ? this.#first : this.#state.value), null);
        isFirst = false;
      }, abort.signal).then(
        () => ApiFailure.offline(),
        (cause: unknown) => cause,
      );
      if (abort.signal.aborted) return;
      const told = failure instanceof ApiFailure ? failure : ApiFailure.offline();
      this.#set(this.#state.value, told);
      // Asking again with the same token would only look like guessing; a new one reloads the page.
      if (told.code === UNAUTHORIZED) return;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** Components are told once a frame, however many lines came. */
  #set(value: T, failure: ApiFailure | null): void {
    this.#state = { value, failure };
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      for (const listener of this.#listeners) listener();
    });
  }
}

/** A `Live` of one stream; each line changes the value. */
export function liveOf<T, Params, Query, Body, Line>(
  first: T,
  endpoint: Endpoint<Params, Query, Body, Line, 'stream'>,
  request: RequestArguments<Params, Query, Body>[0],
  reduce: (value: T, line: Line) => T,
): Live<T> {
  return new Live<T>(first, (update, signal) =>
    follow(endpoint, request, (line) => update((value) => reduce(value, line)), signal),
  );
}

export function useLive<T>(live: Live<T>): LiveState<T> {
  return useSyncExternalStore(live.subscribe, () => live.state);
}
