const doubled = /(["\\])\1/g;

/**
 * The fields of a row that the server wrote as one text, such as `(12,"a ""b"", c",,"")`: 12, `a "b", c`, null and an
 * empty text. PostgreSQL's manual, "Composite Type Input and Output Syntax".
 */
export function fieldsOf(row: string): (string | null)[] {
  const fields: (string | null)[] = [];
  let at = 1;
  while (at < row.length) {
    if (row[at] === '"') {
      let end = row.indexOf('"', at + 1);
      while (row[end + 1] === '"') end = row.indexOf('"', end + 2);
      const text = row.slice(at + 1, end);
      fields.push(text.includes('"') || text.includes('\\') ? text.replace(doubled, '$1') : text);
      at = end + 2;
    } else {
      const comma = row.indexOf(',', at);
      const end = comma === -1 ? row.length - 1 : comma;
      fields.push(end === at ? null : row.slice(at, end));
      at = end + 1;
    }
  }
  return fields;
}
