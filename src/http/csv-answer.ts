// A table as a CSV file: streamed a page at a time, and safe to open with a spreadsheet.

import { nextTurn } from "../runtime/turn.ts";

/**
 * RFC 4180, with an apostrophe before text that a spreadsheet would run as a formula. A number in E.164 form begins with
 * a + and is left alone: it runs nothing, and a list that is exported can be imported again.
 */
export function csvCell(text: string): string {
  const isFormula = /^[=+\-@＝＋－＠\t\r\n]/.test(text) && !/^\+\d+$/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n;\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A page is read when the one before it has left, so that no more than one is held; `pages` is not asked after a cancel. */
export function csvAnswer(fileName: string, columns: readonly string[], pages: Iterator<readonly (readonly string[])[]>): Response {
  const encoder = new TextEncoder();
  const lines = (rows: readonly (readonly string[])[]) =>
    encoder.encode(rows.map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join(""));
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(lines([columns])),
    async pull(controller) {
      // Streams ask again at once: without a turn in between a long file would hold everything else up.
      await nextTurn();
      const page = pages.next();
      if (page.done === true) controller.close();
      else controller.enqueue(lines(page.value));
    },
  });
  return new Response(stream, {
    headers: {
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-disposition": `attachment; filename="${fileName}"`,
      "cache-control": "no-store",
    },
  });
}
