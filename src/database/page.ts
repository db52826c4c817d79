// Which rows of a list a store is asked for; http/lists.ts makes one from a query.

/** `after` is the last id of the page before; it wins over `offset` and costs what a first page costs. */
export interface Page {
  limit: number;
  offset: number;
  after: string | undefined;
}

/** The rows to step over: none when the page goes on after an id. */
export function skipped(page: Page): number {
  return page.after === undefined ? page.offset : 0;
}
