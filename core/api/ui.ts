/** The interface in a browser: what `POST /v1/ui/link` answers. */

export interface UiLink {
  /** Opens the interface once, within ten minutes; whoever opens it may control Sluice. */
  readonly url: string;
}
