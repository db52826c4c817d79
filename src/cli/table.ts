// Rows of text as aligned columns.

/** Two spaces between columns, indented by two; a column whose every cell but the first is a number is set to the right. */
export function toTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const cellsOf = (column: number) => rows.map((row) => row[column] ?? "");
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...cellsOf(column).map((cell) => cell.length)));
  const numeric = Array.from({ length: columns }, (_, column) =>
    cellsOf(column)
      .slice(1)
      .every((cell) => /^\d*$/.test(cell)),
  );
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, column) => pad(cell, widths[column] ?? 0, numeric[column] === true))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function pad(cell: string, width: number, toTheRight: boolean): string {
  return toTheRight ? cell.padStart(width) : cell.padEnd(width);
}
