import { type Figures, median } from './target.ts';

/** One round of one row. */
export interface Measured {
  readonly name: string;
  readonly connections: number;
  readonly figures: Figures;
}

/** Medians over the rounds; the spread is the lowest and the highest round. */
export interface Row extends Figures {
  readonly name: string;
  readonly connections: number;
  readonly rounds: number;
  readonly perSecondSpread: readonly [number, number];
}

type ByConnections = Readonly<Record<string, number>>;

/** Each is the median of the ratios of rounds that followed each other, so that what else the machine does falls out. */
export interface Ratios {
  readonly sqliteOverEcho?: ByConnections;
  readonly sqliteP99OverEcho?: ByConnections;
  readonly postgresOverStatement?: ByConnections;
  readonly growth?: number;
}

export interface Report {
  readonly machine: string;
  readonly facts: readonly string[];
  readonly rows: readonly Row[];
  readonly ratios: Ratios;
}

export const names = {
  echo: 'echo',
  sqlite: 'validation, SQLite',
  postgres: 'validation, PostgreSQL',
  statement: 'bare UPDATE, PostgreSQL',
  small: 'validation, 10 thousand tokens',
  large: 'validation, many tokens',
} as const;

function roundsOf(measured: readonly Measured[], name: string, connections: number): readonly Figures[] {
  return measured.filter((one) => one.name === name && one.connections === connections).map(({ figures }) => figures);
}

export function reportOf(measured: readonly Measured[]): readonly Row[] {
  const keys = new Map(measured.map(({ name, connections }) => [`${name}/${connections}`, { name, connections }]));
  return [...keys.values()]
    .sort((a, b) => (a.name === b.name ? a.connections - b.connections : 0))
    .map(({ name, connections }) => {
      const rounds = roundsOf(measured, name, connections);
      const all = (pick: (figures: Figures) => number) => rounds.map(pick);
      const rates = all(({ perSecond }) => perSecond);
      return {
        name,
        connections,
        perSecond: median(rates),
        p50Ms: median(all(({ p50Ms }) => p50Ms)),
        p95Ms: median(all(({ p95Ms }) => p95Ms)),
        p99Ms: median(all(({ p99Ms }) => p99Ms)),
        busy: median(all(({ busy }) => busy)),
        rounds: rounds.length,
        perSecondSpread: [Math.min(...rates), Math.max(...rates)],
      };
    });
}

function paired(measured: readonly Measured[], over: string, under: string, pick: (figures: Figures) => number) {
  const counts = new Set(measured.filter(({ name }) => name === over).map(({ connections }) => connections));
  const ratios = [...counts].flatMap((connections) => {
    const below = roundsOf(measured, under, connections);
    const each = roundsOf(measured, over, connections).flatMap((figures, round) => {
      const other = below[round];
      return other === undefined ? [] : [pick(figures) / pick(other)];
    });
    return each.length === 0 ? [] : [[String(connections), median(each)] as const];
  });
  return ratios.length === 0 ? undefined : Object.fromEntries(ratios);
}

export function ratiosOf(measured: readonly Measured[]): Ratios {
  const rate = ({ perSecond }: Figures) => perSecond;
  const sqliteOverEcho = paired(measured, names.sqlite, names.echo, rate);
  const sqliteP99OverEcho = paired(measured, names.sqlite, names.echo, ({ p99Ms }) => p99Ms);
  const postgresOverStatement = paired(measured, names.postgres, names.statement, rate);
  const growth = paired(measured, names.large, names.small, rate);
  return {
    ...(sqliteOverEcho && { sqliteOverEcho }),
    ...(sqliteP99OverEcho && { sqliteP99OverEcho }),
    ...(postgresOverStatement && { postgresOverStatement }),
    ...(growth && { growth: median(Object.values(growth)) }),
  };
}

const number = (value: number, digits = 2) =>
  value.toLocaleString('en-GB', { maximumFractionDigits: value < 100 ? digits : 0 });

/** Share of a core from which on a rate may be the generator's own rather than that of what is measured. */
const busyFrom = 0.95;

/** For a terminal: a line a row, below them whose rate is in doubt, the ratios and what was checked. */
export function table({ machine, facts, rows, ratios }: Report): string {
  const head = ['', 'connections', 'per second', 'lowest–highest', 'p50 ms', 'p95 ms', 'p99 ms', 'generator busy'];
  const lines = rows.map((row) => [
    row.name,
    String(row.connections),
    number(row.perSecond, 0),
    row.perSecondSpread.map((value) => number(value, 0)).join('–'),
    number(row.p50Ms),
    number(row.p95Ms),
    number(row.p99Ms),
    `${Math.round(row.busy * 100)} %`,
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map((line) => line[i]?.length ?? 0)));
  const text = [head, ...lines].map((line) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  );
  const shares = Object.entries(ratios).flatMap(([name, value]) =>
    typeof value === 'number'
      ? [`${name}: ${number(value)}`]
      : Object.entries(value as ByConnections).map(
          ([connections, share]) => `${name} at ${connections}: ${number(share)}`,
        ),
  );
  const doubtful = rows
    .filter(({ busy }) => busy >= busyFrom)
    .map(({ name, connections }) => `${name} at ${connections}: the generator was busy, and the rate may be its own`);
  return [machine, '', ...text, '', ...doubtful, ...(doubtful.length === 0 ? [] : ['']), ...shares, '', ...facts].join(
    '\n',
  );
}
