/** Tables of the documentation. */

/** A table as prettier writes it: columns as wide as their widest cell. */
export function table(columns: readonly [name: string, align?: "right"][], rows: readonly string[][]): string {
  const widths = columns.map(([name], i) => Math.max(3, name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  const padded = (cells: readonly string[]): string =>
    line(
      columns.map(([, align], i) => {
        const [cell = "", width] = [cells[i], widths[i] ?? 0];
        return align === "right" ? cell.padStart(width) : cell.padEnd(width);
      }),
    );
  const rule = columns.map(([, align], i) => {
    const dashes = "-".repeat(widths[i] ?? 0);
    return align === "right" ? dashes.replace(/-$/, ":") : dashes;
  });
  return [padded(columns.map(([name]) => name)), line(rule), ...rows.map(padded)].join("\n");
}
