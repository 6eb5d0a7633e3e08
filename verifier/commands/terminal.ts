import { styleText } from 'node:util';

/** Where a command writes. `json` true: one JSON document on stdout and nothing else there. */
export interface Terminal {
  readonly json: boolean;
  out(text: string): void;
  err(text: string): void;
}

/** A command's end. 0 done, 1 refused, 2 called in a wrong way. */
export type ExitStatus = 0 | 1 | 2;

type Style = Parameters<typeof styleText>[0];

/** Colours where the stream is a terminal that wants them; plain text elsewhere. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Columns as wide as their longest cell; the last one runs free. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `  ${cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd()}`;
  return [styled('dim', line(head)), ...rows.map(line)].join('\n');
}

/** A refusal in both languages on stderr, or as JSON on stdout where that was asked for. */
export function refuse(terminal: Terminal, en: string, ja: string, more: Readonly<Record<string, unknown>> = {}): 1 {
  if (terminal.json) terminal.out(JSON.stringify({ outcome: 'refused', reason: en, ...more }));
  else terminal.err(`${ja}\n${en}`);
  return 1;
}
