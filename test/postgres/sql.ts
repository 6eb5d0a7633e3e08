/** `?`, `?2`, `hex(column)` and `x'00'` as PostgreSQL writes them. */
export function forPostgres(sql: string): string {
  let count = 0;
  return sql
    .replace(/\?(\d*)/g, (_, number: string) => `$${number === '' ? ++count : number}`)
    .replace(/\bhex\((\w+)\)/g, "upper(encode($1, 'hex'))")
    .replace(/\bx'([0-9a-f]*)'/gi, "'\\x$1'::bytea");
}
