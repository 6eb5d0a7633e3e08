import pg from 'pg';

const int8 = 20;
/** Counts and times as numbers. */
export const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === int8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** One statement on a connection of its own; the rows that it gives. */
export async function ask(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, types });
  // What breaks it tells the statement; without a listener it would end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text, [...values])).rows ?? [];
  } finally {
    await client.end();
  }
}
