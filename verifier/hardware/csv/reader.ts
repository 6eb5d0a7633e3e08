import { Readable } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { seedBytes } from '../encoded.ts';
import { FileFault } from '../faults.ts';
import { limits } from '../limits.ts';
import type { Found, SeedRecord } from '../record.ts';
import { type Column, columnsOf, oathColumns } from './columns.ts';
import { isYubicoStart, recordOfRow, recordOfYubicoRow } from './rows.ts';

const control = /[^\P{Cc}\t\r\n]/u;
/** What a table program would run. */
const formula = /^\s*[=+@-]./s;
const batchRows = 200;

/** What parts the columns: comma, semicolon or tab, else spaces, as in the lists of some vendors. */
function delimitersOf(beginning: string): readonly string[] {
  const line = beginning.split(/[\r\n]+/).find((one) => one.trim() !== '' && !one.startsWith('#')) ?? '';
  const delimiter = [',', ';', '\t'].find((one) => line.includes(one));
  return delimiter === undefined ? [' ', '\t'] : [delimiter];
}

/** Text that is checked on its way, the first of it at hand. */
async function* checked(first: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  for (let text: string | undefined = first; text !== undefined; ) {
    if (control.test(text)) throw new FileFault('malformedCsv');
    yield text;
    const next = await rest.next();
    text = next.done === true ? undefined : next.value;
  }
}

/** Vendors who write serial and seed alone, sometimes after the row's number. */
function listColumns(cells: readonly string[]): ReadonlyMap<Column, number> | null {
  const [first = '', second = '', third = ''] = cells;
  const counted =
    /^[0-9]{1,6}\.?$/.test(first) && /^[0-9]{8,}$/.test(second) && (seedBytes(third)?.byteLength ?? 0) >= 16;
  return counted
    ? new Map([
        ['serial', 1],
        ['seed', 2],
        ['type', 3],
        ['digits', 4],
        ['period', 5],
      ])
    : null;
}

class RowReader {
  #columns: ReadonlyMap<Column, number> | null = null;
  #rows = 0;

  /** @throws FileFault; null for a row that is no record */
  read(row: number, cells: readonly string[]): SeedRecord | null {
    if (cells.length > limits.csvColumns) throw new FileFault('tooLong', row);
    if (cells.some((cell) => formula.test(cell))) throw new FileFault('formula', row);
    if (cells.every((cell) => cell.trim() === '')) return null;
    // What a table program wrote down for itself.
    if (this.#rows === 0 && /^sep=$/i.test(cells[0] ?? '')) return null;
    this.#rows++;
    if (isYubicoStart(cells)) return null;
    const columns = this.#rows === 1 ? columnsOf(cells) : null;
    if (columns !== null) {
      this.#columns = columns;
      return null;
    }
    if (this.#columns !== null) return recordOfRow(row, cells, this.#columns);
    return recordOfYubicoRow(row, cells) ?? recordOfRow(row, cells, listColumns(cells) ?? oathColumns);
  }
}

/**
 * Keys of a seed list as they come: OATH (serial, seed, type, digits, period), the same by a head row in whatever
 * order, Yubico's logs, serial and seed alone. A record's number is its line.
 * @throws FileFault, naming the line where it showed
 */
export async function* readCsv(chunks: AsyncIterable<string>): AsyncGenerator<readonly Found[]> {
  const source = chunks[Symbol.asyncIterator]();
  const first = await source.next();
  if (first.done === true) throw new FileFault('noRecords');
  const delimiter = [...delimitersOf(first.value)];
  const bySpace = delimiter.includes(' ');
  const parser = parse({
    delimiter,
    comment: '#',
    comment_no_infix: true,
    info: true,
    max_record_size: limits.csvRowChars,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: !bySpace,
  });
  const text = Readable.from(checked(first.value, source));
  text.on('error', (error) => parser.destroy(error));
  text.pipe(parser);

  const rows = new RowReader();
  let records = 0;
  let line = 1;
  let batch: Found[] = [];
  try {
    for await (const { record: cells, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      line = info.lines;
      const record = rows.read(line, bySpace ? cells.filter((cell) => cell !== '') : cells);
      if (record === null) continue;
      if (++records > limits.records) throw new FileFault('tooManyRecords', line);
      batch.push(
        record.timeBased && record.serial === null && record.seed === null
          ? { kind: 'refused', record: line, serial: null, reason: 'malformedRecord' }
          : { kind: 'key', key: record },
      );
      if (batch.length < batchRows) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    if (error instanceof FileFault) throw error.at(line, null);
    if (error instanceof CsvError) {
      throw new FileFault(error.code === 'CSV_MAX_RECORD_SIZE' ? 'tooLong' : 'malformedCsv', line);
    }
    throw error;
  } finally {
    text.destroy();
    parser.destroy();
  }
  if (batch.length > 0) yield batch;
  if (records === 0) throw new FileFault('noRecords');
}
