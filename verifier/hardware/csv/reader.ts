import { Readable } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { type SeedEncoding, seedBytes } from '../encoded.ts';
import { FileFault } from '../faults.ts';
import { limits } from '../limits.ts';
import type { Found, SeedRecord } from '../record.ts';
import { type Columns, columnsOf, namesSeed, oathColumns } from './columns.ts';
import { isYubicoStart, type Row, recordOfRow, recordOfYubicoRow, settled } from './rows.ts';

const control = /[^\P{Cc}\t\r\n]/u;
/** What a table program would run, but for a base64 seed that begins with a sign of its alphabet, a dash or a number. */
const formula = /^\s*(?!\+[A-Za-z0-9+/]{20,}={0,2}\s*$)(?![+-][0-9.-]*\s*$)[=+@-]/s;
const batchRows = 200;
/** Rows whose seed can be read in two encodings wait for the list's end; of 250,000 rows of hex, about 25 do. */
const waitingRows = 1_000;
/** Rows of a title that may stand above a head row. */
const titleRows = 10;

const isComment = (line: string) => /^\s*(#|;|\/\/)/.test(line);

/** What parts the columns: the sign that one of the first lines has most of, else spaces, as in some vendors' lists. */
function delimitersOf(beginning: string): readonly string[] {
  const lines = beginning.split(/[\r\n]+/).filter((line) => line.trim() !== '' && !isComment(line));
  const first = lines.slice(0, titleRows + 1);
  const counted = [',', ';', '\t', '|'].map((sign) => ({
    sign,
    count: Math.max(0, ...first.map((line) => line.split(sign).length - 1)),
  }));
  const most = counted.reduce((best, one) => (one.count > best.count ? one : best));
  if (most.count > 0) return [most.sign];
  return /^[0-9]+:\S+$/.test(first[0]?.trim() ?? '') ? [':'] : [' ', '\t'];
}

/** The text whole again, after a look at the first of it. */
async function* joined(first: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** Vendors who write serial and seed alone, sometimes after the row's number. */
function listColumns(cells: readonly string[]): Columns | null {
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

/** Behind the OATH columns some write the hash, others the user and what else they know. */
function oathColumnsOf(cells: readonly string[]): Columns {
  const namesHash = /^(hmac[-_ ]?)?(sha|md|sm)[-_ ]?[0-9]/i.test(cells[oathColumns.get('hash') ?? -1] ?? '');
  return namesHash ? oathColumns : new Map([...oathColumns].filter(([column]) => column !== 'hash'));
}

type Lines = Pick<Info, 'lines' | 'empty_lines' | 'comment_lines'>;

/** The line on which the row behind the last whole one begins: a quote that never ends shows many lines later. */
function nextLine(last: Lines, reached: Lines): number {
  return last.lines + 1 + reached.empty_lines - last.empty_lines + reached.comment_lines - last.comment_lines;
}

class RowReader {
  #columns: Columns | null = null;
  #rows = 0;
  /** Lines of what stands above a head row, such as a title. */
  readonly #titles: number[] = [];
  readonly #encodings = new Set<SeedEncoding>();
  readonly #waiting: Row[] = [];

  /** @throws FileFault; null for a row that is no record, or waits for what the others tell of its seed's encoding */
  read(row: number, cells: readonly string[]): SeedRecord | null {
    if (cells.length > limits.csvColumns) throw new FileFault('tooLong', row);
    if (cells.some((cell) => control.test(cell))) throw new FileFault('malformedCsv', row);
    if (cells.some((cell) => formula.test(cell))) throw new FileFault('formula', row);
    if (cells.every((cell) => cell.trim() === '') || isComment(cells[0] ?? '')) return null;
    // What a table program wrote down for itself.
    if (this.#rows === 0 && /^sep=$/i.test(cells[0] ?? '')) return null;
    this.#rows++;
    if (isYubicoStart(cells)) return null;
    if (this.#rows === 1 && this.#isAbove(row, cells)) return null;
    if (this.#columns !== null) return this.#heed(recordOfRow(row, cells, this.#columns));
    const yubico = recordOfYubicoRow(row, cells);
    return yubico ?? this.#heed(recordOfRow(row, cells, listColumns(cells) ?? oathColumnsOf(cells)));
  }

  /** The rows that waited. @throws FileFault where the list ended before it began */
  rest(): readonly SeedRecord[] {
    if (this.#rows === 0) this.#requireNoTitles();
    return this.#waiting.map((row) => settled(row, this.#encodings));
  }

  /**
   * Whether the first row names the columns, or is a title above the row that does.
   * @throws FileFault where a head, which is a row without a digit too, is without serial or seed, or titles without one
   */
  #isAbove(row: number, cells: readonly string[]): boolean {
    if (cells.filter((cell) => cell.trim() !== '').length < 2) {
      this.#titles.push(row);
      if (this.#titles.length > titleRows) this.#requireNoTitles();
      this.#rows = 0;
      return true;
    }
    const columns = columnsOf(cells);
    if (columns.has('serial') && namesSeed(columns)) {
      this.#columns = columns;
      return true;
    }
    const isHead = columns.has('serial') || namesSeed(columns) || !cells.some((cell) => /\p{N}/u.test(cell));
    if (isHead) throw new FileFault('columnsMissing', row);
    this.#requireNoTitles();
    return false;
  }

  /** Rows of one cell that no head follows are no title: it is some other kind of file. */
  #requireNoTitles(): void {
    const [first] = this.#titles;
    if (first !== undefined) throw new FileFault('unknownFormat', first);
  }

  #heed(row: Row): SeedRecord | null {
    const [encoding] = row.readings.keys();
    if (row.readings.size === 1 && encoding !== undefined) this.#encodings.add(encoding);
    if (row.readings.size < 2 || this.#waiting.length >= waitingRows) return row.record;
    this.#waiting.push(row);
    return null;
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
  let last: Lines = { lines: 0, empty_lines: 0, comment_lines: 0 };
  const parser = parse({
    delimiter,
    comment: '#',
    comment_no_infix: true,
    info: true,
    max_record_size: limits.csvRowChars,
    // A row that the parser fails on may be far behind those that were taken from it.
    on_record: (record, info) => {
      last = info;
      return record;
    },
    relax_column_count: true,
    skip_empty_lines: true,
    trim: !bySpace,
  });
  const text = Readable.from(joined(first.value, source));
  text.on('error', (error) => parser.destroy(error));
  text.pipe(parser);

  const rows = new RowReader();
  let records = 0;
  let line = 1;
  let batch: Found[] = [];
  const foundOf = (key: SeedRecord): Found =>
    key.timeBased && key.serial === null && key.seed === null
      ? { kind: 'refused', record: key.record, serial: null, reason: 'malformedRecord' }
      : { kind: 'key', key };
  try {
    for await (const { record: cells, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      line = info.lines;
      const record = rows.read(line, bySpace ? cells.filter((cell) => cell !== '') : cells);
      if (record === null) continue;
      if (++records > limits.records) throw new FileFault('tooManyRecords', line);
      batch.push(foundOf(record));
      if (batch.length < batchRows) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    if (error instanceof FileFault) throw error.at(line, null);
    if (error instanceof CsvError) {
      const reason = error.code === 'CSV_MAX_RECORD_SIZE' ? 'tooLong' : 'malformedCsv';
      throw new FileFault(reason, nextLine(last, error as unknown as Lines));
    }
    throw error;
  } finally {
    text.destroy();
    parser.destroy();
  }
  const rest = rows.rest();
  records += rest.length;
  if (rest.length > 0) batch.push(...rest.map(foundOf));
  if (batch.length > 0) yield batch;
  if (records === 0) throw new FileFault('noRecords');
}
