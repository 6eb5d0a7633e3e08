import type { Report, Row } from './report.ts';

/** One for each name that a report may have, told apart on white. */
const colours = ['#1f5f8b', '#b5542b', '#3c7d4a', '#7a4f9a', '#8a7a2b', '#4d4d4d', '#a03a5a', '#2b8a86', '#d11fbf'];
const left = 90;
const width = 560;
const height = 300;

const escaped = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** A scale by powers of ten: rows lie far apart. */
function scaleOf(values: readonly number[]) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return { low, high, at: (value: number) => height - ((Math.log10(value) - low) / (high - low)) * height };
}

function panel(title: string, rows: readonly Row[], pick: (row: Row) => number, top: number): string {
  const counts = [...new Set(rows.map(({ connections }) => connections))].sort((a, b) => a - b);
  const x = (connections: number) => left + ((counts.indexOf(connections) + 0.5) / counts.length) * width;
  const scale = scaleOf(rows.map(pick));
  const grid = Array.from({ length: scale.high - scale.low + 1 }, (_, i) => {
    const value = 10 ** (scale.low + i);
    const y = scale.at(value);
    return `<path d="M${left} ${y}h${width}" stroke="#ccc"/><text x="${left - 8}" y="${y + 4}" text-anchor="end">${value.toLocaleString('en-GB')}</text>`;
  });
  const ticks = counts.map((count) => `<text x="${x(count)}" y="${height + 18}" text-anchor="middle">${count}</text>`);
  // A name of one row has no line: a ring, which lets another behind it be seen.
  const lines = [...new Set(rows.map(({ name }) => name))].map((name, i) => {
    const own = rows.filter((row) => row.name === name);
    const points = own.map((row) => [x(row.connections), scale.at(pick(row))] as const);
    const colour = colours[i % colours.length];
    const look =
      points.length === 1 ? `r="5" fill="none" stroke="${colour}" stroke-width="2"` : `r="3" fill="${colour}"`;
    const dots = points.map(([px, py]) => `<circle cx="${px}" cy="${py.toFixed(1)}" ${look}/>`);
    const path = `<path d="M${points.map(([px, py]) => `${px} ${py.toFixed(1)}`).join('L')}" fill="none" stroke="${colour}" stroke-width="2"/>`;
    return `${path}${dots.join('')}<text x="${left + width + 16}" y="${16 + i * 20}" fill="${colour}">${escaped(name)}</text>`;
  });
  return `<g transform="translate(0 ${top})"><text x="${left}" y="-14" font-weight="bold">${title}</text>${grid.join('')}${ticks.join('')}${lines.join('')}</g>`;
}

/** Throughput and p99 over the number of connections, as an SVG document. */
export function plot({ machine, rows }: Report): string {
  const panels = [
    panel('Answers per second, by connections', rows, ({ perSecond }) => perSecond, 70),
    panel('p99, milliseconds, by connections', rows, ({ p99Ms }) => p99Ms, 70 + height + 80),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 ${2 * height + 200}" font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/><text x="${left}" y="20">${escaped(machine)}</text>${panels.join('')}</svg>\n`;
}
